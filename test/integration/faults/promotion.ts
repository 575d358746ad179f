import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import type { Pod } from '../../../src/local/pod.ts';
import { rolled } from '../../support/acme.ts';
import { deliverTo, read } from '../../support/delivery.ts';
import type { Story } from '../../support/story.ts';
import { until } from '../../support/until.ts';

const revision = '1-31-0';
const namespace = 'istio-gateways';
const ingress = { namespace, name: 'ingress' };

export function promotionFaults(story: () => Story): void {
  describe('a promotion', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);

    async function istiods(): Promise<Pod[]> {
      const { items } = await story().cluster.list(
        { apiVersion: 'v1', kind: 'Pod' },
        { namespace: 'istio-system', labelSelector: 'app=istiod' },
      );
      return items as Pod[];
    }

    /** Its controller has heard of it. */
    async function istiodIsUnready(): Promise<boolean> {
      const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: `istiod-${revision}` };
      const { status } = await read(story().cluster, id);
      return (status as { readyReplicas?: number }).readyReplicas === undefined;
    }

    afterEach(() => faults());

    test.each<[string, Fault[], RegExp]>([
      [
        'webhooks that cannot be reached',
        [{ kind: 'webhook', revision, failure: 'unreachable' }],
        /Deployment istio-gateways\/ingress-1-31-0 is not ready: .*failed calling webhook .*connection refused/,
      ],
      [
        'pods that crash',
        [{ kind: 'pod', ...ingress, failure: 'crash-loop' }],
        /ingress-1-31-0 is not ready: .*pod ingress-\S+: container istio-proxy waits: CrashLoopBackOff/,
      ],
      [
        'images that cannot be pulled',
        [{ kind: 'pod', ...ingress, failure: 'cannot-pull' }],
        /ingress-1-31-0 is not ready: .*container istio-proxy waits: ImagePullBackOff, Back-off pulling image/,
      ],
      [
        'pods that never become ready',
        [{ kind: 'pod', ...ingress, failure: 'never-ready' }],
        /ingress-1-31-0 is not ready: .*pod ingress-\S+: container istio-proxy is not ready/,
      ],
    ])('is stopped by %s, names them, and goes on with the same plan', async (title, list, cause) => {
      const { delivery, bundle } = story();
      const next = rolled(bundle, 'ingress', title);
      const plan = await delivery.plan(next);
      await faults(...list);
      const { outcome } = await delivery.promote(next, { plan, timeout: 2500 });
      expect(outcome).toMatchObject({ result: 'failed', code: 'NotReady', reason: expect.stringMatching(cause) });
      await faults();
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
    });

    test('is stopped by an istiod that crashes again and again', async () => {
      const { delivery, bundle } = story();
      const plan = await delivery.plan(bundle);
      await faults({ kind: 'istiod', revision, failure: 'crash-loop' });
      await until('it has crashed', async () =>
        (await istiods()).every(({ status }) => status?.containerStatuses?.[0]?.state?.waiting !== undefined),
      );
      const { outcome } = await delivery.promote(bundle, { plan, timeout: 2500 });
      expect(outcome).toMatchObject({
        code: 'NotReady',
        reason: expect.stringMatching(
          /istiod-1-31-0 is not ready: .*container discovery (waits: CrashLoopBackOff.*|is not ready), ended before with Error \(exit code 137/,
        ),
      });
      await until('it was started again', async () =>
        (await istiods()).every(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0),
      );
      await faults();
      expect((await delivery.promote(bundle, { plan })).outcome).toMatchObject({ result: 'promoted' });
    });

    test('is stopped by an istiod that is down and stays down', async () => {
      const { delivery, bundle } = story();
      const plan = await delivery.plan(bundle);
      await faults({ kind: 'istiod', revision, failure: 'down' });
      await until('it is not ready', istiodIsUnready);
      const { outcome } = await delivery.promote(bundle, { plan, timeout: 2500 });
      expect(outcome).toMatchObject({
        code: 'NotReady',
        reason: expect.stringMatching(/istiod-1-31-0 is not ready: .*container discovery is not ready/),
      });
      await sleep(1000);
      expect((await istiods()).map(({ status }) => status?.containerStatuses?.[0]?.ready)).toEqual([false, false]);
      await faults();
      expect((await delivery.promote(bundle, { plan })).outcome).toMatchObject({ result: 'unchanged' });
    });

    test('goes through an API server that is slow, busy, and cuts connections and watches', async () => {
      const { embedded, bundle } = story();
      const delivery = deliverTo(embedded.faultyCluster('dev'), 'dev');
      const next = rolled(bundle, 'ingress', 'hard times');
      const plan = await delivery.plan(next);
      await faults(
        { kind: 'api', verbs: ['patch'], resource: 'deployments', failure: 'status', status: 429, first: 2 },
        { kind: 'api', verbs: ['patch'], failure: 'lost-answer', first: 2 },
        { kind: 'api', verbs: ['get', 'list'], failure: 'reset', first: 5 },
        { kind: 'api', verbs: ['watch'], failure: 'dropped-watch', first: 5 },
        { kind: 'api', failure: 'latency', delay: 20 },
      );
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
    });

    test('is stopped by an API server that fails, and names what it could not do', async () => {
      const { embedded, bundle } = story();
      const delivery = deliverTo(embedded.faultyCluster('dev'), 'dev');
      const next = rolled(bundle, 'ingress', 'refused');
      const plan = await delivery.plan(next);
      await faults({ kind: 'api', verbs: ['patch'], resource: 'deployments', failure: 'status', status: 500 });
      const { outcome } = await delivery.promote(next, { plan });
      expect(outcome).toMatchObject({
        result: 'failed',
        reason: expect.stringMatching(
          /^Deployment istio-\S+ apply failed \(InternalError\): the API server answers 500/,
        ),
      });
      await faults();
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
    });

    test('is stopped by nodes that are gone', async () => {
      const { delivery, bundle } = story();
      const next = rolled(bundle, 'ingress', 'nodes');
      const plan = await delivery.plan(next);
      await faults(
        { kind: 'node', name: 'node-1', failure: 'gone' },
        { kind: 'node', name: 'node-0', failure: 'gone' },
      );
      await until('istiod is not ready', istiodIsUnready);
      const { outcome } = await delivery.promote(next, { plan, timeout: 2500 });
      expect(outcome).toMatchObject({
        code: 'NotReady',
        reason: expect.stringMatching(
          /istiod-1-31-0 is not ready: .*its node node-\d is not ready: Kubelet stopped posting node status/,
        ),
      });
      await faults();
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
    });
  });
}
