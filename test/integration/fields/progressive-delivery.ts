import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { read } from '../../support/delivery.ts';
import {
  applyAs,
  type FieldStory,
  type HttpRoute,
  partOf,
  type Rendered,
  routesOf,
  routing,
  virtualServiceId,
  weighted,
} from '../../support/field-story.ts';
import { until } from '../../support/until.ts';

const controller = 'rollouts-controller';
const weights = '.spec.http[*].route[*].weight';
const rule = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', namespace: 'shop', name: 'cart' };

const rolloutType = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };

/** The type alone: nothing but its name is needed of Argo Rollouts here. */
async function serveRollouts(cluster: Cluster): Promise<void> {
  const names = { kind: 'Rollout', listKind: 'RolloutList', plural: 'rollouts', singular: 'rollout' };
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const version = { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema } };
  await cluster.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.argoproj.io' },
    spec: { group: 'argoproj.io', names, scope: 'Namespaced', versions: [version] },
  });
  await until('the API server serves Rollouts', async () => {
    const { resourceVersion } = await cluster.list(rolloutType);
    return resourceVersion !== '';
  });
}

export function progressiveDelivery(story: () => FieldStory): void {
  const shift = async (name: string, ...to: number[]) => {
    const http = weighted(await routesOf(story().cluster, name), ...to);
    await story().update(controller, virtualServiceId(name), { spec: { http } });
  };

  describe('progressive delivery', () => {
    let next: Rendered;

    test.each<[string, (name: string) => Promise<void>]>([
      ['an update', (name) => shift(name, 80, 20)],
      [
        'an apply',
        async (name) => {
          const http = weighted(await routesOf(story().cluster, name), 80, 20);
          await applyAs(story().cluster, controller, virtualServiceId(name), { spec: { http } });
        },
      ],
    ])('that shifts weights by %s is no drift and leaves nothing to do', async (how, write) => {
      const { cluster, delivery, first, drift } = story();
      const name = how === 'an update' ? 'cart' : 'search';
      await write(name);
      const part = partOf(await delivery.plan(first.bundle));
      expect(part).toMatchObject({ changes: [], problems: [] });
      expect(part.left).toContainEqual({
        id: virtualServiceId(name),
        path: weights,
        owner: controller,
        reason: 'Argo Rollouts shifts traffic by it',
      });
      expect(await drift()).toMatchObject({
        drift: [],
        left: expect.arrayContaining([`VirtualService ${name} ${weights} ${controller}`]),
      });
      expect(await routing(cluster, name)).toEqual([
        ['/', 80, 20],
        [undefined, undefined],
      ]);
    });

    test('keeps its weights through a promoted change of a match, whatever they have become since the plan', async () => {
      const { cluster, delivery, render } = story();
      next = await render({ prefix: '/v2' });
      const plan = await delivery.plan(next.bundle);
      const change = partOf(plan).changes.find(({ id }) => id.name === 'cart' && id.kind === 'VirtualService');
      expect(change).toMatchObject({
        action: 'update',
        taken: [{ owner: controller, field: '.spec.http', reason: expect.stringContaining(`it keeps ${weights}`) }],
      });
      expect(JSON.stringify(change)).not.toContain('"weight"');

      await shift('cart', 60, 40);
      expect((await delivery.promote(next.bundle, { plan })).outcome).toMatchObject({ result: 'promoted' });
      expect(await routing(cluster, 'cart')).toEqual([
        ['/v2', 60, 40],
        [undefined, undefined],
      ]);
      // Nobody else writes to it: its weights are as rendered.
      expect(await routing(cluster, 'web')).toEqual([
        ['/v2', 100, 0],
        [undefined, undefined],
      ]);
    });

    test('keeps its weights afterwards, before and after it writes again', async () => {
      const { delivery, drift } = story();
      const { annotations } = (await read(story().cluster, virtualServiceId('cart'))).metadata;
      expect(annotations).toMatchObject({ 'istio-delivery/left-to': controller });
      expect(partOf(await delivery.plan(next.bundle))).toMatchObject({ changes: [], problems: [] });
      await shift('cart', 30, 70);
      expect(partOf(await delivery.plan(next.bundle))).toMatchObject({ changes: [], problems: [] });
      expect((await drift()).drift).toEqual([]);
    });

    test('keeps the routes that a Rollout manages, and no others', async () => {
      const { cluster, delivery } = story();
      await serveRollouts(cluster);
      const own = await routesOf(cluster, 'cart');
      const header: HttpRoute = { name: 'canary-header', route: [{ destination: { host: 'canary' }, weight: 100 }] };
      await story().update(controller, virtualServiceId('cart'), { spec: { http: [header, ...own] } });
      // Nobody's Rollout: to the bundle it is one route too many, and its controller is asked for nothing.
      expect(partOf(await delivery.plan(next.bundle))).toMatchObject({
        problems: [],
        changes: [{ id: virtualServiceId('cart'), taken: [{ owner: controller, field: '.spec.http' }] }],
      });
      await cluster.create({
        ...rolloutType,
        metadata: { name: 'cart', namespace: 'shop' },
        spec: {
          strategy: {
            canary: {
              trafficRouting: {
                managedRoutes: [{ name: 'canary-header' }],
                istio: { virtualService: { name: 'cart' } },
              },
            },
          },
        },
      });
      const part = partOf(await delivery.plan(next.bundle));
      expect(part).toMatchObject({ changes: [], problems: [] });
      expect(part.left).toContainEqual(
        expect.objectContaining({ path: '.spec.http[canary-header]', owner: controller }),
      );
      await story().update(controller, virtualServiceId('cart'), { spec: { http: own } });
    });

    test('keeps the pod hashes in the subsets of a DestinationRule', async () => {
      const { cluster, delivery, render, update } = story();
      const subsets = ['stable', 'canary'].map((name) => ({
        name,
        labels: { app: 'cart', 'rollouts-pod-template-hash': `hash-${name}` },
      }));
      await update(controller, rule, { spec: { subsets } });
      expect(partOf(await delivery.plan(next.bundle))).toMatchObject({ changes: [], problems: [] });
      const field = `{kind: DestinationRule, path: '.spec.subsets[canary].labels["app"]', owner: somebody, reason: somebody sets it}`;
      const declared = await render({ prefix: '/v2', more: `fields: [${field}]` });
      expect(partOf(await delivery.plan(declared.bundle))).toMatchObject({ changes: [], problems: [] });
      expect((await read(cluster, rule)).spec).toMatchObject({ subsets });
    });
  });
}
