import { describe, expect, test } from 'vitest';
import { readInventory, readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import { clusterPlanDigest, type Plan, planDigest } from '../../../src/plan/plan.ts';
import { planCluster } from '../../../src/plan/plan-cluster.ts';
import { clusterBundle } from '../../../src/plan/plan-environment.ts';
import { formatObjectId } from '../../../src/ports/objects.ts';
import type { Story } from '../../support/story.ts';

const controlPlane = { apiVersion: 'v1', kind: 'Namespace', name: 'istio-system' };

export function emptyCluster(story: () => Story): void {
  describe('an empty cluster', () => {
    test('is planned in full, without a write', async () => {
      const { delivery, bundle, cluster } = story();
      const plan = await delivery.plan(bundle);
      const [{ changes, problems, unchanged } = expect.fail('no cluster')] = plan.clusters;
      const objects = clusterBundle(bundle, 'dev').stages.flatMap((stage) => stage.objects);
      expect({ problems, unchanged, changes: changes.length }).toEqual({
        problems: [],
        unchanged: 0,
        changes: objects.length,
      });
      const validated = changes.flatMap((change) =>
        change.action === 'create' && change.validated ? [formatObjectId(change.id)] : [],
      );
      expect(validated).toContain('Namespace istio-system');
      expect(validated).toContain('CustomResourceDefinition virtualservices.networking.istio.io');
      // Their namespace or their type is a part of the bundle itself.
      expect(validated).not.toContain('Deployment istio-system/istiod-1-31-0');
      expect(validated).not.toContain('Gateway istio-gateways/shop');
      expect(await cluster.get(controlPlane)).toBeUndefined();
      expect(await readPromotionRecord(cluster, 'istio-system')).toBeUndefined();
      expect(await readInventory(cluster, 'istio-system')).toEqual([]);
    });

    test('gives the same digest to the same plan', async () => {
      const { delivery, bundle } = story();
      expect((await delivery.plan(bundle)).digest).toBe((await delivery.plan(bundle)).digest);
    });

    test('is refused before any write when the mesh file means another one', async () => {
      const { cluster, bundle } = story();
      const target = { name: 'dev', context: 'dev', identity: '00000000-0000-4000-8000-000000000000' };
      const options = {
        target,
        manifest: bundle.manifest,
        bundle: clusterBundle(bundle, 'dev'),
        forceConflicts: false,
      };
      await expect(planCluster(cluster, options)).rejects.toMatchObject({
        code: 'ClusterMismatch',
        kind: 'refused',
        message: expect.stringContaining('00000000-0000-4000-8000-000000000000'),
      });
    });

    test('is refused before any write when the plan was made for another one', async () => {
      const { delivery, bundle, cluster } = story();
      const { outcome, writes } = await delivery.promote(bundle, { plan: elsewhere(await delivery.plan(bundle)) });
      expect(outcome).toMatchObject({ result: 'failed', code: 'ClusterMismatch', kind: 'refused' });
      expect(writes).toEqual([]);
      expect(await cluster.get(controlPlane)).toBeUndefined();
    });
  });
}

/** The plan as another cluster would have given it. */
function elsewhere(plan: Plan): Plan {
  const clusters = plan.clusters.map((part) => {
    const moved = { ...part, identity: { ...part.identity, uid: 'another-cluster' } };
    return { ...moved, digest: clusterPlanDigest(moved) };
  });
  return { ...plan, clusters, digest: planDigest({ ...plan, clusters }) };
}
