import { beforeAll, describe, expect, test } from 'vitest';
import { driftOf } from '../../../src/record/drift.ts';
import { read, settledVersions } from '../../support/delivery.ts';
import { deleteObject, forceFields, patchWithKubectl, replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const destinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  namespace: 'shop',
  name: 'storefront',
};
const telemetry = {
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  namespace: 'istio-config',
  name: 'mesh-default',
};
const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'istio-gateways', name: 'egress' };

export function drift(story: () => Story): void {
  const driftNow = async () => {
    const target = { name: 'dev', context: 'dev' };
    return (await driftOf(story().cluster, { target, namespace: 'istio-system' })).drift;
  };
  const changedFields = async () => {
    const [part] = (await story().delivery.plan(story().bundle)).clusters;
    return part?.changes.flatMap((change) =>
      change.action === 'update' ? change.fields.map(({ path }) => `${change.id.name} ${path}`) : [],
    );
  };

  describe('drift', () => {
    beforeAll(async () => {
      await settledVersions(story().cluster, story().bundle);
    });

    test('is none right after a promotion, whatever istiod and the controllers wrote', async () => {
      expect(await driftNow()).toEqual([]);
    });

    test('is none where an autoscaler has set the replicas', async () => {
      const { embedded, cluster } = story();
      const deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'istio-gateways',
        name: 'ingress-1-31-0',
      };
      await patchWithKubectl(embedded, deployment, { spec: { replicas: 3 } });
      expect((await read(cluster, deployment)).spec).toMatchObject({ replicas: 3 });
      expect(await driftNow()).toEqual([]);
    });

    test('by a deleted object and a removed field is seen and repaired', async () => {
      const { cluster, delivery, bundle } = story();
      await deleteObject(cluster, serviceAccount);
      await replaceObject(cluster, destinationRule, (object) => {
        const { trafficPolicy } = object.spec as { trafficPolicy: { outlierDetection?: object } };
        delete trafficPolicy.outlierDetection;
      });
      expect(await driftNow()).toEqual([
        'ServiceAccount istio-gateways/egress is missing',
        'DestinationRule shop/storefront: .spec.trafficPolicy.outlierDetection',
      ]);
      expect(await changedFields()).toEqual(['storefront .spec.trafficPolicy.outlierDetection']);

      const { outcome } = await delivery.promote(bundle);
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect(await driftNow()).toEqual([]);
    });

    test('by a field that somebody has taken names its owner, and stops a promotion', async () => {
      const { cluster, delivery, bundle } = story();
      await forceFields(cluster, destinationRule, {
        spec: { trafficPolicy: { connectionPool: { http: { http2MaxRequests: 7 } } } },
      });
      const field = '.spec.trafficPolicy.connectionPool.http.http2MaxRequests';
      expect(await driftNow()).toEqual([`DestinationRule shop/storefront: ${field} is owned by "somebody"`]);
      const plan = await delivery.plan(bundle);
      expect(plan.clusters[0]?.problems).toEqual([
        { kind: 'conflict', id: destinationRule, stage: 'config', conflicts: [{ owner: 'somebody', field }] },
      ]);
      const { outcome, writes } = await delivery.promote(bundle, { plan });
      expect(outcome).toMatchObject({
        code: 'PlanMoved',
        kind: 'refused',
        reason: expect.stringContaining(`DestinationRule shop/storefront: ${field} is now owned by "somebody"`),
      });
      expect(writes.filter(({ object }) => !object.startsWith('Lease'))).toEqual([]);
    });

    test('by an edit with kubectl is taken back, and the plan lists it', async () => {
      const { embedded, delivery, bundle } = story();
      await patchWithKubectl(embedded, telemetry, {
        spec: { accessLogging: [{ providers: [{ name: 'somebodys' }] }] },
      });
      const [{ changes, problems } = expect.fail('no cluster')] = (await delivery.plan(bundle)).clusters;
      expect(problems.map(({ id }) => id.name)).toEqual(['storefront']);
      expect(changes).toMatchObject([
        {
          action: 'update',
          id: telemetry,
          fields: expect.arrayContaining([
            { path: '.spec.accessLogging[0].providers[somebodys]', before: { name: 'somebodys' } },
          ]),
          taken: [{ owner: 'kubectl-patch', field: '.spec.accessLogging' }],
        },
      ]);
    });

    test('is taken back when the plan is asked to force conflicts, and lists what it takes', async () => {
      const { delivery, bundle } = story();
      const plan = await delivery.plan(bundle, true);
      const change = plan.clusters[0]?.changes.find(({ id }) => id.name === 'storefront');
      expect(change).toMatchObject({
        action: 'update',
        fields: [{ path: '.spec.trafficPolicy.connectionPool.http.http2MaxRequests', before: 7, after: 1000 }],
        taken: [{ owner: 'somebody', field: '.spec.trafficPolicy.connectionPool.http.http2MaxRequests' }],
      });
      const { outcome } = await delivery.promote(bundle, { plan });
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect(await driftNow()).toEqual([]);
      expect((await delivery.plan(bundle)).clusters[0]).toMatchObject({ changes: [], problems: [] });
    });
  });
}
