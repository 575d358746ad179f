import { beforeAll, describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import { meshLabel } from '../../../src/bundle/labels.ts';
import { readInventory, readPromotionRecord } from '../../../src/plan/cluster-state.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../../src/ports/objects.ts';
import { withStages } from '../../support/acme.ts';
import { read } from '../../support/delivery.ts';
import { deleteObject, replaceObject } from '../../support/somebody.ts';
import type { Story } from '../../support/story.ts';

const labels = { [meshLabel]: 'acme' };

function configMap(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'extra', labels }, data: { from: 'us' } };
}

function widget(name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, namespace: 'extra', labels }, spec };
}

const extraNamespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'extra', labels } };

const extraService: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'routed', namespace: 'extra', labels },
  spec: { ports: [{ name: 'http', port: 80 }] },
};

const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com', labels },
  spec: {
    group: 'example.com',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 10 } } } },
          },
        },
      },
    ],
  },
};

export function prune(story: () => Story): void {
  const withExtras = (...config: KubernetesObject[]): Bundle =>
    withStages(story().bundle, 'dev', {
      namespaces: (objects) => [...objects, extraNamespace],
      crds: (objects) => [...objects, definition],
      config: (objects) => [...objects, ...config],
      routing: (objects) => [...objects, extraService],
    });
  const maps = ['dropped', 'recreated', 'disowned', 'gone'].map(configMap);
  const idOf = (name: string) => objectId(configMap(name));

  describe('definitions and their objects in one bundle', () => {
    test('stop at their stage before its first write when one of them is invalid', async () => {
      const { delivery, cluster } = story();
      const bundle = withExtras(...maps, widget('small', { size: 1 }), widget('huge', { size: 11 }));
      const plan = await delivery.plan(bundle);
      expect(plan.clusters[0]?.problems).toEqual([]);
      const ahead = plan.clusters[0]?.changes.filter((change) => change.action === 'create' && !change.validated) ?? [];
      expect(ahead.map(({ id }) => formatObjectId(id))).toEqual([
        ...maps.map((object) => formatObjectId(objectId(object))),
        'Widget extra/small',
        'Widget extra/huge',
        'Service extra/routed',
      ]);
      const { outcome, writes } = await delivery.promote(bundle, { plan });
      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'StageInvalid',
        reason: expect.stringMatching(/stage config of cluster dev was not begun: Widget extra\/huge: .*spec\.size/),
      });
      const written = writes.map(({ object }) => object);
      expect(written).toContain('CustomResourceDefinition widgets.example.com');
      expect(written.filter((object) => object.includes(' extra/'))).toEqual([]);
      expect(await readPromotionRecord(cluster, 'istio-system')).toMatchObject({
        inProgress: { bundle: bundle.manifest.digest },
      });
    });

    test('are promoted together when all are valid', async () => {
      const { delivery, cluster } = story();
      await deleteObject(cluster, objectId(definition));
      const bundle = withExtras(...maps, widget('small', { size: 1 }));
      const { outcome } = await delivery.promote(bundle);
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect((await read(cluster, objectId(widget('small', {})))).spec).toEqual({ size: 1 });
    });
  });

  describe('a prune', () => {
    let inCluster: Record<string, KubernetesObject | undefined> = {};

    beforeAll(async () => {
      const { cluster } = story();
      await deleteObject(cluster, idOf('gone'));
      await deleteObject(cluster, idOf('recreated'));
      await cluster.create(configMap('recreated'));
      await replaceObject(cluster, idOf('disowned'), ({ metadata }) => {
        metadata.labels = {};
      });
      inCluster = { recreated: await read(cluster, idOf('recreated')) };
    });

    test('is planned for what was promoted and is still ours, never for definitions and namespaces', async () => {
      const { delivery, bundle, cluster } = story();
      const [{ changes } = expect.fail('no cluster')] = (await delivery.plan(bundle)).clusters;
      const dropped = await read(cluster, idOf('dropped'));
      const small = await read(cluster, objectId(widget('small', {})));
      expect(changes).toHaveLength(3);
      expect(changes.at(-1)).toMatchObject({ action: 'delete', id: objectId(extraService) });
      expect(changes).toContainEqual({
        action: 'delete',
        id: idOf('dropped'),
        uid: dropped.metadata.uid,
        before: expect.objectContaining({ kind: 'ConfigMap' }),
      });
      expect(changes).toContainEqual({
        action: 'delete',
        id: objectId(widget('small', {})),
        uid: small.metadata.uid,
        before: expect.objectContaining({ kind: 'Widget' }),
      });
    });

    test('is refused when its object was deleted and made anew since', async () => {
      const { delivery, bundle, cluster } = story();
      const plan = await delivery.plan(bundle);
      const { outcome } = await delivery.promote(bundle, {
        plan,
        before: async ({ verb, object }) => {
          if (verb !== 'delete' || object !== 'ConfigMap extra/dropped') return;
          await deleteObject(cluster, idOf('dropped'));
          await cluster.create(configMap('dropped'));
        },
      });
      expect(outcome).toMatchObject({
        code: 'PlanMoved',
        kind: 'refused',
        reason: expect.stringContaining('ConfigMap extra/dropped was deleted and created again'),
      });
      expect(await read(cluster, idOf('dropped'))).toBeDefined();
    });

    test('deletes just that, and the inventory keeps what is never pruned', async () => {
      const { delivery, bundle, cluster } = story();
      const { outcome } = await delivery.promote(bundle);
      expect(outcome).toMatchObject({ result: 'promoted' });
      expect((await read(cluster, idOf('recreated'))).metadata.uid).toBe(inCluster.recreated?.metadata.uid);
      for (const kept of [idOf('disowned'), ...[extraNamespace, definition].map(objectId)]) {
        expect((await read(cluster, kept)).metadata.deletionTimestamp).toBeUndefined();
      }
      const names = (await readInventory(cluster, 'istio-system')).map(({ id }) => formatObjectId(id));
      expect(names).toEqual(
        expect.arrayContaining(['Namespace extra', 'CustomResourceDefinition widgets.example.com']),
      );
      expect(names.filter((name) => name.startsWith('ConfigMap extra/'))).toEqual([]);
      expect((await delivery.plan(bundle)).clusters[0]).toMatchObject({ changes: [], problems: [] });
    });
  });
}
