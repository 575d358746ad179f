import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { rolled, unschedulable } from '../../support/acme.ts';
import { read } from '../../support/delivery.ts';
import { deleteObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'istio-gateways', name: 'none' };
const egress = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-gateways', name: 'egress-1-31-0' };

export function neverReady(story: () => Story): void {
  describe('a workload that does not become ready', () => {
    let next: Bundle;
    let plan: Plan;

    test('fails the promotion by its name and the reason of its pods', async () => {
      const { delivery, bundle } = story();
      await delivery.promote(bundle);
      const started = Date.now();
      const { outcome } = await delivery.promote(unschedulable(bundle, 'egress'), { timeout: 3000 });
      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'NotReady',
        kind: 'failed',
        reason: expect.stringMatching(
          /did not become ready after 3 s: Deployment istio-gateways\/egress-1-31-0 is not ready: .*pod egress-1-31-0-\S+: PodScheduled: .*node/,
        ),
      });
      expect(Date.now() - started).toBeLessThan(15_000);
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('fails the promotion by the reason why its pods cannot even be created', async () => {
      const { delivery, bundle, cluster } = story();
      await cluster.create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: quota.name, namespace: quota.namespace },
        spec: { hard: { pods: '0' } },
      });
      next = rolled(bundle, 'egress', 'yes');
      plan = await delivery.plan(next);
      const { outcome } = await delivery.promote(next, { plan, timeout: 4000 });
      expect(outcome).toMatchObject({
        code: 'NotReady',
        reason: expect.stringMatching(/Deployment istio-gateways\/egress-1-31-0 is not ready: .*exceeded quota: none/),
      });
    });

    test('is waited for again by the same plan once the cause is gone', async () => {
      const { delivery, bundle, cluster } = story();
      await deleteObject(cluster, quota);
      const { outcome, writes } = await delivery.promote(next, { plan });
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect(writes.filter(({ object }) => object.startsWith('Deployment'))).toEqual([]);
      expect((await read(cluster, egress)).status).toMatchObject({ updatedReplicas: 2, readyReplicas: 2 });
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });
  });
}
