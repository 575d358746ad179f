import { expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import type { Cluster, WatchEvent } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { watchWorkloads } from '../../../src/rehearsal/team/watch-workloads.ts';
import { until } from '../../support/until.ts';
import { workload } from '../../support/workloads.ts';

const cart = workload('Deployment', 'cart', 'shop');

/** A pod of the workload, by the ReplicaSet that its controller names. */
function pod(name: string, { ready = true, restartCount = 0 } = {}): KubernetesObject {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-5c7d', uid: 'set', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      creationTimestamp: new Date().toISOString(),
      labels: { 'pod-template-hash': '5c7d' },
      ownerReferences: [owner],
    },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      initContainerStatuses: [{ name: 'istio-proxy', restartCount: 0, state: { running: {} } }],
      containerStatuses: [{ name: 'main', restartCount, state: { running: {} } }],
    },
  };
}

/** A cluster with one pod, which tells what becomes of it. */
function clusterOf(first: KubernetesObject): { cluster: Cluster; tell(event: WatchEvent): void } {
  const events: WatchEvent[] = [];
  let wake = (): void => undefined;
  const cluster = {
    name: 'dev',
    list: async () => ({ resourceVersion: '1', items: [first] }),
    async *watch(_type: unknown, _options: unknown, signal: AbortSignal) {
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        yield* events.splice(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    get: async () => ({
      ...cart,
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 0 },
    }),
  } as unknown as Cluster;
  return {
    cluster,
    tell(event) {
      events.push(event);
      wake();
    },
  };
}

test('tells of a workload what became of its pods and of its own requests since the change began', async () => {
  const { cluster, tell } = clusterOf(pod('cart-5c7d-a'));
  const host = 'stock.shop.svc.cluster.local:80';
  let failed = 0;
  let asked = 0;
  const outbound = async () => {
    asked += 1;
    return [{ host, answered: 100 + failed, failed }];
  };
  const watch = watchWorkloads(cluster, [cart], { counters: { outbound }, clock: systemClock });
  await until('the sidecar is asked', async () => asked > 0);
  watch.mark();
  failed = 2;
  tell({ kind: 'modified', object: pod('cart-5c7d-a', { ready: false, restartCount: 1 }) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  tell({ kind: 'modified', object: pod('cart-5c7d-a', { restartCount: 1 }) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [seen] = await watch.stop();
  expect(seen).toMatchObject({
    workload: 'Deployment shop/cart',
    state: '0 of 1 replicas ready',
    restarts: [{ container: 'main' }],
    restartedBefore: false,
    requests: [{ host, before: { answered: 0, failed: 0 }, since: { answered: 2, failed: 2 } }],
  });
  expect(seen?.gaps).toHaveLength(1);
});

test('follows nothing where the team has no workloads', async () => {
  const cluster = { name: 'dev', list: () => Promise.reject(new Error('asked')) } as unknown as Cluster;
  const counters = { outbound: () => Promise.reject(new Error('asked')) };
  const empty = workload('Deployment', 'cart', 'shop', { spec: { replicas: 0 } });
  expect(await watchWorkloads(cluster, [empty], { counters, clock: systemClock }).stop()).toEqual([]);
});
