import { describe, expect, test } from 'vitest';
import { withStages } from '../../support/acme.ts';
import { read } from '../../support/delivery.ts';
import { type FieldStory, partOf } from '../../support/field-story.ts';
import { deleteObject } from '../../support/somebody.ts';

const namespace = 'istio-gateways';
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'egress-1-31-0' };
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  namespace,
  name: 'keda-hpa-egress',
};

export function autoscalers(story: () => FieldStory): void {
  describe('an autoscaler', () => {
    /** Without an autoscaler for egress in it, whose replicas are then the bundle's. */
    const unscaled = async () =>
      withStages((await story().render({ prefix: '/v2' })).bundle, 'dev', {
        gateways: (objects) =>
          objects.filter(({ kind, metadata }) => kind !== autoscaler.kind || !metadata.name.startsWith('egress')),
      });

    test('of the bundle keeps its replicas', async () => {
      const { delivery, render, update } = story();
      await update('kube-controller-manager', deployment, { spec: { replicas: 3 } }, 'scale');
      const { bundle } = await render({ prefix: '/v2' });
      expect(partOf(await delivery.plan(bundle))).toMatchObject({ changes: [], problems: [] });
    });

    test('that is not of the bundle keeps its replicas, as long as it is there', async () => {
      const { cluster, delivery, update } = story();
      const bundle = await unscaled();
      // Metrics are missing here: its controller writes nothing by itself.
      const { apiVersion, kind, ...metadata } = autoscaler;
      await cluster.create({
        apiVersion,
        kind,
        metadata,
        spec: {
          minReplicas: 1,
          maxReplicas: 9,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.name },
        },
      });
      await update('kube-controller-manager', deployment, { spec: { replicas: 4 } }, 'scale');
      const part = partOf(await delivery.plan(bundle));
      expect(part.problems).toEqual([]);
      expect(part.changes).toMatchObject([{ action: 'delete', id: { kind: autoscaler.kind, name: 'egress-1-31-0' } }]);
      expect((await read(cluster, deployment)).spec).toMatchObject({ replicas: 4 });

      await deleteObject(cluster, autoscaler);
      expect(partOf(await delivery.plan(bundle)).problems).toMatchObject([
        { id: deployment, conflicts: [{ owner: 'kube-controller-manager', field: '.spec.replicas' }] },
      ]);
    });
  });
}
