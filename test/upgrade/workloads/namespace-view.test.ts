import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { DeliveryError } from '../../../src/errors.ts';
import type { Cluster, ListOptions, ObjectType } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { UpgradeContext } from '../../../src/upgrade/upgrade-context.ts';
import { withNamespaceView } from '../../../src/upgrade/workloads/namespace-view.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

type Lists = Record<string, KubernetesObject[] | DeliveryError>;

/** A cluster that serves the types of these lists, each watched without news until it is ended. */
function contextOf(lists: Lists) {
  const watched: string[] = [];
  const open = new Set<string>();
  const cluster = {
    name: 'dev',
    async list({ kind }: ObjectType, where: ListOptions) {
      expect(where).toEqual({ namespace: 'shop' });
      const items = lists[kind] ?? [];
      if (items instanceof Error) throw items;
      return { resourceVersion: kind in lists ? '1' : '', items };
    },
    async *watch({ kind }: ObjectType, _options: unknown, signal: AbortSignal) {
      watched.push(kind);
      open.add(kind);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      open.delete(kind);
    },
  } as unknown as Cluster;
  const { signal } = new AbortController();
  return { context: { cluster, clock: systemClock, signal, timeout: 300 } as UpgradeContext, watched, open };
}

const served: Lists = {
  Deployment: [rolledOut()],
  StatefulSet: [],
  DaemonSet: [],
  Pod: [
    proxyPod('web-1'),
    proxyPod('debug', { controller: { kind: 'Pod', name: '' } }),
    { ...proxyPod('over'), status: { phase: 'Succeeded' } },
  ],
};

describe('withNamespaceView', () => {
  test('shows workloads with their live pods, and leaves no watch behind', async () => {
    const { context, watched, open } = contextOf(served);
    const seen = await withNamespaceView(
      context,
      'shop',
      () => undefined,
      async (view) => view.look(),
    );
    expect(seen.workloads.map(({ pods }) => pods.map(({ metadata }) => metadata.name))).toEqual([['web-1']]);
    expect(seen.others.map(({ metadata }) => metadata.name)).toEqual(['debug']);
    expect(watched.sort()).toEqual(['DaemonSet', 'Deployment', 'Pod', 'ReplicaSet', 'StatefulSet']);
    expect([...open]).toEqual([]);
  });

  test('shows Rollouts where the cluster serves them', async () => {
    const { context, watched } = contextOf({ ...served, Rollout: [rolledOut('Rollout')] });
    const seen = await withNamespaceView(
      context,
      'shop',
      () => undefined,
      async (view) => view.look(),
    );
    expect(seen.workloads.map(({ object }) => object.kind)).toEqual(['Deployment', 'Rollout']);
    expect(watched).toContain('Rollout');
  });

  test('says what it may not read', async () => {
    const forbidden = new DeliveryError('pods is forbidden', { code: 'Forbidden' });
    const { context } = contextOf({ ...served, Pod: forbidden });
    const view = withNamespaceView(
      context,
      'shop',
      () => undefined,
      async () => expect.fail('it cannot be read'),
    );
    await expect(view).rejects.toMatchObject({
      code: 'NamespaceUnreadable',
      message: expect.stringContaining('Pod objects of namespace shop: pods is forbidden; grant the right'),
    });
  });
});
