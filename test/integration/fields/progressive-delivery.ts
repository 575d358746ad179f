import { describe, expect, test } from 'vitest';
import { read } from '../../support/delivery.ts';
import {
  applyAs,
  type FieldStory,
  partOf,
  type Rendered,
  routesOf,
  routing,
  virtualServiceId,
  weighted,
} from '../../support/field-story.ts';

const controller = 'rollouts-controller';
const weights = '.spec.http[*].route[*].weight';
const rule = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', namespace: 'shop', name: 'cart' };

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
