import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { leaseName, withLease } from '../../../src/apply/lease.ts';
import { readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { unschedulable } from '../../support/acme.ts';
import { read, silent } from '../../support/delivery.ts';
import { replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'istio-system', name: leaseName };

export function lock(story: () => Story): void {
  const holdLease = (holderIdentity: string, renewed: Date) =>
    replaceObject(story().cluster, lease, (object) => {
      const renewTime = renewed.toISOString().replace('Z', '000Z');
      object.spec = { holderIdentity, leaseDurationSeconds: 15, acquireTime: renewTime, renewTime };
    });

  describe('the lock', () => {
    afterEach(() => holdLease('', new Date()));

    test('of another holder is refused by the name of the holder', async () => {
      const { delivery, bundle } = story();
      await holdLease('https://ci.example/runs/7', new Date());
      const { outcome, writes } = await delivery.promote(bundle);
      expect(outcome).toMatchObject({
        code: 'LockHeld',
        kind: 'refused',
        reason: expect.stringContaining('locked by "https://ci.example/runs/7"'),
      });
      // The attempt to create it is the only thing that was sent.
      expect(writes).toEqual([{ verb: 'create', object: 'Lease istio-system/istio-delivery' }]);
      expect((await read(story().cluster, lease)).spec).toMatchObject({ holderIdentity: 'https://ci.example/runs/7' });
    });

    test('of a holder that no longer renews is taken over and given back', async () => {
      const { delivery, bundle, cluster } = story();
      await holdLease('https://ci.example/runs/7', new Date(Date.now() - 15_001));
      const { outcome } = await delivery.promote(bundle, { holder: 'me' });
      expect(outcome).toMatchObject({ result: 'unchanged' });
      expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: '' });
    });

    test('lets one of two promotions at once through', async () => {
      const { delivery, bundle } = story();
      const plan = await delivery.plan(bundle);
      const both = await Promise.all(['one', 'other'].map((holder) => delivery.promote(bundle, { plan, holder })));
      const ends = both.map(({ outcome }) => (outcome.result === 'failed' ? outcome.code : outcome.result));
      expect(ends.sort()).toEqual(['LockHeld', 'unchanged']);
    });

    test('that somebody else has taken stops the promotion', async () => {
      const { delivery, bundle, cluster } = story();
      const next = unschedulable(bundle, 'egress');
      let taken = false;
      const waiting = {
        ...silent,
        progress: (text: string) => {
          if (taken || !text.includes('waits for Deployment istio-gateways/egress')) return;
          taken = true;
          void holdLease('an operator', new Date());
        },
      };
      const { outcome, writes } = await delivery.promote(next, { reporter: waiting });
      expect(outcome).toMatchObject({
        code: 'LockLost',
        reason: expect.stringContaining('another holder has taken it'),
      });
      expect(writes.filter(({ object }) => object.includes('egress'))).toHaveLength(1);
      expect(writes.at(-1)).toEqual({ verb: 'replace', object: 'Lease istio-system/istio-delivery' });
      expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: 'an operator' });
      expect(await readPromotionRecord(cluster, 'istio-system')).toMatchObject({
        current: { bundle: bundle.manifest.digest },
        inProgress: { bundle: next.manifest.digest },
      });
    });

    test('stays with its holder when somebody merely touched it', async () => {
      const { cluster } = story();
      const held = withLease(cluster, { ...short, holder: 'me' }, async (signal) => {
        await replaceObject(cluster, lease, (live) => {
          live.metadata.annotations = { 'example.com/seen': 'yes' };
        });
        await systemClock.sleep(800, signal);
        return (await read(cluster, lease)).spec;
      });
      const spec = (await held) as { holderIdentity: string; acquireTime: string; renewTime: string };
      expect(spec.holderIdentity).toBe('me');
      expect(spec.renewTime > spec.acquireTime).toBe(true);
      expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: '' });
    });

    test('stays with its holder when answers to its writes are lost', async () => {
      const { cluster } = story();
      let answers = 0;
      // What the API server says to a request that is sent again because its answer did not come.
      const flaky: Cluster = {
        ...cluster,
        async replace(object) {
          const answer = await cluster.replace(object);
          answers += 1;
          return answers % 2 === 1 ? undefined : answer;
        },
      };
      const held = withLease(flaky, { ...short, holder: 'me' }, (signal) => systemClock.sleep(800, signal));
      await expect(held).resolves.toBeUndefined();
      expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: '' });
    });

    test('is lost, before it runs out, when the API server no longer answers', async () => {
      const { cluster } = story();
      let answers = true;
      const mute: Cluster = {
        ...cluster,
        replace: (object) => (answers ? cluster.replace(object) : new Promise(() => undefined)),
      };
      const started = Date.now();
      const held = withLease(mute, { ...short, holder: 'me' }, (signal) => {
        answers = false;
        return systemClock.sleep(10_000, signal);
      });
      await expect(held).rejects.toMatchObject({
        code: 'LockLost',
        message: expect.stringContaining('does not answer'),
      });
      expect(Date.now() - started).toBeLessThan(short.duration);
    });
  });
}

const short = {
  namespace: 'istio-system',
  duration: 2000,
  clock: systemClock,
  signal: new AbortController().signal,
};
