import pMap from 'p-map';
import { autoscalerMinimums } from '../bundle/autoscaled.ts';
import type { ClusterBundle } from '../bundle/bundle.ts';
import { isReady } from '../cluster/pod-readiness.ts';
import type { InventoryEntry } from '../plan/cluster-state.ts';
import { requestsAtOnce } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { readiness } from './readiness.ts';

/**
 * What is not healthy of the promoted objects of one cluster, one sentence each. As many replicas are wanted as the
 * bundle or an autoscaler wants, whatever somebody has scaled them to.
 */
export async function unhealthyObjects(
  cluster: Cluster,
  entries: readonly Pick<InventoryEntry, 'id' | 'stage'>[],
  bundle: ClusterBundle | undefined,
): Promise<string[]> {
  const found = await pMap(entries, async (entry) => ({ ...entry, live: await cluster.get(entry.id) }), {
    concurrency: requestsAtOnce,
  });
  const wanted = bundle?.stages.flatMap(({ objects }) => objects) ?? [];
  const floors = replicaFloors([...wanted, ...found.flatMap(({ live }) => live ?? [])]);
  const states = await pMap(
    found,
    async ({ id, stage, live }) => {
      if (!live) return `${formatObjectId(id)} is missing`;
      const state = readiness(live, floors.get(objectKey(id)));
      if (state.kind !== 'ready') return `${formatObjectId(id)} is not ready: ${state.reason}`;
      const leadsNowhere = id.kind === 'Service' && stage === 'routing' && !(await hasReadyPod(cluster, live));
      return leadsNowhere ? `${formatObjectId(id)} leads to no ready pod` : undefined;
    },
    { concurrency: requestsAtOnce },
  );
  return states.filter((state) => state !== undefined);
}

/** The least number of replicas of workloads that the objects tell of, by `objectKey`: their own, or an autoscaler's. */
function replicaFloors(objects: readonly KubernetesObject[]): Map<string, number> {
  const floors = new Map<string, number>();
  const atLeast = (key: string, replicas: number) => floors.set(key, Math.max(replicas, floors.get(key) ?? 0));
  for (const object of objects) {
    const { replicas } = (object.spec ?? {}) as { replicas?: number };
    if (replicas !== undefined) atLeast(objectKey(objectId(object)), replicas);
    for (const [key, minimum] of autoscalerMinimums([object])) atLeast(key, minimum);
  }
  return floors;
}

/** By the pods and not by EndpointSlices, which come a moment after a Service. */
async function hasReadyPod(cluster: Cluster, service: KubernetesObject): Promise<boolean> {
  const { selector = {} } = (service.spec ?? {}) as { selector?: Record<string, string> };
  const pairs = Object.entries(selector).map((pair) => pair.join('='));
  // Whoever selects nothing has endpoints that somebody else writes.
  if (pairs.length === 0) return true;
  const { namespace = '' } = service.metadata;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: pairs.join() });
  return items.some(isReady);
}
