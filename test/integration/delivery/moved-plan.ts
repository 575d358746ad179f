import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import { readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import { saveBundle, withStages } from '../../support/acme.ts';
import { versions } from '../../support/delivery.ts';
import { deleteObject, replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const destinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  namespace: 'shop',
  name: 'storefront',
};
const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'istio-gateways', name: 'egress' };

export function movedPlan(story: () => Story): void {
  describe('a plan that the cluster has left behind', () => {
    let next: Bundle;
    beforeAll(() => {
      next = withStages(story().bundle, 'dev', {
        config: (objects) =>
          objects.map((object) =>
            object.metadata.name === 'storefront' ? { ...object, spec: { host: 'storefront.shop' } } : object,
          ),
      });
    });

    test('is refused by the name of the object that was changed, with exit code 3, and nothing is written', async () => {
      const { embedded, cluster, delivery, bundle } = story();
      const plan = await delivery.plan(next);
      expect(plan.clusters[0]?.changes).toHaveLength(1);
      await replaceObject(cluster, destinationRule, (object) => {
        const { trafficPolicy } = object.spec as { trafficPolicy: { outlierDetection?: object } };
        delete trafficPolicy.outlierDetection;
      });
      const before = await versions(cluster, bundle);
      const files = { plan: join(embedded.home, 'moved.json'), record: join(embedded.home, 'moved-record.json') };
      await writeFile(files.plan, JSON.stringify(plan));
      const { code, stderr } = await embedded.run(
        ...['promote', '--bundle', await saveBundle(next, join(embedded.home, 'next')), '--environment', 'dev'],
        ...['--plan', files.plan, '--approve', plan.digest, '--record', files.record],
      );
      expect({ code, stderr }).toMatchObject({ code: 3 });
      expect(stderr).toContain(
        'DestinationRule shop/storefront was changed behind the plan (.spec.host, .spec.trafficPolicy)',
      );
      expect(await versions(cluster, bundle)).toEqual(before);
      expect(await readPromotionRecord(cluster, 'istio-system')).not.toHaveProperty('inProgress');
    });

    test('is refused by the name of an object that it leaves alone', async () => {
      const { cluster, delivery, bundle } = story();
      await delivery.promote(bundle);
      const plan = await delivery.plan(next);
      await deleteObject(cluster, serviceAccount);
      const { outcome, writes } = await delivery.promote(next, { plan });
      expect(outcome).toMatchObject({
        code: 'PlanMoved',
        kind: 'refused',
        reason: expect.stringContaining('ServiceAccount istio-gateways/egress is not there any more'),
      });
      expect(writes.filter(({ object }) => !object.startsWith('Lease'))).toEqual([]);
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });

    test('stops at an object that changes while it is carried out', async () => {
      const { cluster, delivery } = story();
      const plan = await delivery.plan(next);
      const { outcome, writes } = await delivery.promote(next, {
        plan,
        before: async ({ verb, object }) => {
          if (verb !== 'apply' || object !== 'DestinationRule shop/storefront') return;
          await replaceObject(cluster, destinationRule, (live) => {
            const { trafficPolicy } = live.spec as { trafficPolicy: { outlierDetection?: object } };
            delete trafficPolicy.outlierDetection;
          });
        },
      });
      expect(outcome).toMatchObject({ code: 'PlanMoved', reason: expect.stringContaining('storefront') });
      expect(writes.filter(({ object }) => object.startsWith('DestinationRule'))).toHaveLength(1);
      const record = await readPromotionRecord(cluster, 'istio-system');
      expect(record).toMatchObject({ inProgress: { plan: plan.digest } });
    });

    test('gives way to a new plan', async () => {
      const { delivery, bundle, cluster } = story();
      const { outcome } = await delivery.promote(bundle, { plan: await delivery.plan(bundle, true) });
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect(await readPromotionRecord(cluster, 'istio-system')).not.toHaveProperty('inProgress');
    });
  });
}
