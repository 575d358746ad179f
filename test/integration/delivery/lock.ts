import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { withLease } from '../../../src/apply/lease.ts';
import { writePromotionRecord } from '../../../src/apply/write-state.ts';
import { leaseName, promotionRecordName, readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { unschedulable } from '../../support/acme.ts';
import { read, silent } from '../../support/delivery.ts';
import { deleteObject, replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const recordId = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: promotionRecordName };
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'istio-system', name: leaseName };

export function lock(story: () => Story): void {
  const at = (later: number) => new Date(Date.now() + later);
  const holdLease = (holderIdentity: string, renewed: Date, leaseDurationSeconds = 15) =>
    replaceObject(story().cluster, lease, (object) => {
      const renewTime = renewed.toISOString().replace('Z', '000Z');
      object.spec = { holderIdentity, leaseDurationSeconds, acquireTime: renewTime, renewTime };
    });
  const renewEvery = async (pause: number, signal: AbortSignal, renew: () => Promise<void>) => {
    while (!signal.aborted) {
      await renew();
      await systemClock.sleep(pause);
    }
  };

  describe('the lock', () => {
    afterEach(() => holdLease('', new Date()));

    test('of another holder who renews it is refused by the name of the holder, whatever its clock says', async () => {
      const { delivery, bundle } = story();
      for (const late of [0, -3_600_000, 86_400_000]) {
        const ends = new AbortController();
        const renewing = renewEvery(200, ends.signal, () => holdLease('https://ci.example/runs/7', at(late)));
        const { outcome, writes } = await delivery.promote(bundle);
        ends.abort();
        await renewing;
        expect(outcome).toMatchObject({
          code: 'LockHeld',
          kind: 'refused',
          reason: expect.stringContaining('locked by "https://ci.example/runs/7"'),
        });
        expect(writes).toEqual([]);
        const { spec } = await read(story().cluster, lease);
        expect(spec).toMatchObject({ holderIdentity: 'https://ci.example/runs/7' });
      }
    });

    test('of a holder that no longer renews is taken over after all of its duration, and given back', async () => {
      const { cluster } = story();
      for (const ahead of [-3_600_000, 86_400_000]) {
        await holdLease('https://ci.example/runs/7', at(ahead), 2);
        const started = Date.now();
        const spec = await withLease(
          cluster,
          { ...short, holder: 'me' },
          async () => (await read(cluster, lease)).spec,
        );
        expect(Date.now() - started).toBeGreaterThan(1_900);
        expect(spec).toMatchObject({ holderIdentity: expect.stringMatching(/^me \([0-9a-f]{8}\)$/) });
        expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: '' });
      }
    });

    test('is held by somebody else for another job of the same run', async () => {
      const { cluster } = story();
      const second = () => withLease(cluster, { ...short, holder: 'https://ci.example/runs/7' }, async () => 'at work');
      const first = withLease(cluster, { ...short, holder: 'https://ci.example/runs/7' }, second);
      await expect(first).rejects.toMatchObject({ code: 'LockHeld' });
    });

    test('is never held by two runs, however many want it at once', async () => {
      const { cluster } = story();
      let atWork = 0;
      let most = 0;
      const run = (holder: string) =>
        withLease(cluster, { ...short, holder }, async () => {
          atWork += 1;
          most = Math.max(most, atWork);
          await systemClock.sleep(100);
          atWork -= 1;
          return 'done';
        }).catch(({ code }: { code: string }) => code);
      const ends = await Promise.all(['one', 'two', 'three', 'four'].map(run));
      expect(ends).toContain('done');
      expect(ends.filter((end) => end !== 'done' && end !== 'LockHeld')).toEqual([]);
      expect(most).toBe(1);
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
      const held = withLease(cluster, { ...short, holder: 'me' }, async (_locked, signal) => {
        await replaceObject(cluster, lease, (live) => {
          live.metadata.annotations = { 'example.com/seen': 'yes' };
        });
        await systemClock.sleep(800, signal);
        return (await read(cluster, lease)).spec;
      });
      const spec = (await held) as { holderIdentity: string; acquireTime: string; renewTime: string };
      expect(spec.holderIdentity).toMatch(/^me \([0-9a-f]{8}\)$/);
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
      const held = withLease(flaky, { ...short, holder: 'me' }, (_locked, signal) => systemClock.sleep(800, signal));
      await expect(held).resolves.toBeUndefined();
      expect((await read(cluster, lease)).spec).toMatchObject({ holderIdentity: '' });
    });

    test('that somebody else has, or has had since, lets a run that was asleep write no state', async () => {
      const { cluster } = story();
      const record = (await readPromotionRecord(cluster, 'istio-system')) ?? expect.fail('nothing is promoted');
      const before = await read(cluster, { ...recordId });
      const steal = (edit: (spec: Record<string, unknown>) => unknown) =>
        replaceObject(cluster, lease, (object) => {
          object.spec = edit(object.spec as Record<string, unknown>);
        });
      const asleep = async (meanwhile: () => Promise<unknown>) =>
        withLease(cluster, { ...short, holder: 'me' }, async (locked) => {
          await meanwhile();
          await writePromotionRecord(locked, 'istio-system', record);
        });
      await expect(
        asleep(() => steal((spec) => ({ ...spec, holderIdentity: 'other', leaseTransitions: 99 }))),
      ).rejects.toMatchObject({ code: 'LockLost' });
      expect(await read(cluster, recordId)).toEqual(before);
      await holdLease('', new Date());
      await expect(
        asleep(async () => {
          await deleteObject(cluster, lease);
          await withLease(cluster, { ...short, holder: 'other' }, (locked) =>
            writePromotionRecord(locked, 'istio-system', record),
          );
        }),
      ).rejects.toMatchObject({ code: 'LockLost' });
    });

    test('is lost, before it runs out, when the API server no longer answers', async () => {
      const { cluster } = story();
      let answers = true;
      const mute: Cluster = {
        ...cluster,
        replace: (object) => (answers ? cluster.replace(object) : new Promise(() => undefined)),
      };
      const started = Date.now();
      const held = withLease(mute, { ...short, holder: 'me' }, (_locked, signal) => {
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
