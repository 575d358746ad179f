import pMap from 'p-map';
import type { InventoryEntry } from '../plan/cluster-state.ts';
import { requestsAtOnce } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectKey } from '../ports/objects.ts';
import { readiness } from './readiness.ts';
import { type WantedWorkloads, wantedReplicas } from './wanted-replicas.ts';

/** What is wrong with an object, in a sentence; undefined when it is there and ready. `wanted`: replicas by `objectKey`. */
export function objectTrouble(
  id: ObjectId,
  live: KubernetesObject | undefined,
  wanted: ReadonlyMap<string, number>,
): string | undefined {
  if (!live) return `${formatObjectId(id)} is missing`;
  const state = readiness(live, { atLeast: wanted.get(objectKey(id)) ?? 0 });
  return state.kind === 'ready' ? undefined : `${formatObjectId(id)} is not ready: ${state.reason}`;
}

/** What is wrong with the objects of one cluster and their Services of stage routing, one sentence each. */
export async function unhealthyObjects(
  cluster: Cluster,
  inventory: readonly InventoryEntry[],
  bundle: WantedWorkloads,
): Promise<string[]> {
  const found = await pMap(inventory, async ({ id, stage }) => ({ id, stage, live: await cluster.get(id) }), {
    concurrency: requestsAtOnce,
  });
  const wanted = wantedReplicas(
    bundle,
    found.flatMap(({ live }) => live ?? []),
  );
  const troubles = await pMap(
    found,
    async ({ id, stage, live }) => {
      const trouble = objectTrouble(id, live, wanted);
      if (trouble !== undefined || !live || id.kind !== 'Service' || stage !== 'routing') return trouble;
      return (await leadsToReadyPod(cluster, live)) ? undefined : `${formatObjectId(id)} leads to no ready pod`;
    },
    { concurrency: requestsAtOnce },
  );
  return troubles.filter((trouble) => trouble !== undefined);
}

/** By the pods and not by EndpointSlices, which come a moment after a Service. */
async function leadsToReadyPod(cluster: Cluster, service: KubernetesObject): Promise<boolean> {
  const selector = selectorOf(service);
  // Whoever selects nothing has endpoints that somebody else writes.
  if (Object.keys(selector).length === 0) return true;
  const labelSelector = Object.entries(selector)
    .map((pair) => pair.join('='))
    .join();
  const { namespace = '' } = service.metadata;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector });
  return items.some((pod) => servesRequests(pod));
}

/** Labels of the pods that a Service leads to. */
export function selectorOf({ spec }: KubernetesObject): Record<string, string> {
  return (spec as { selector?: Record<string, string> } | undefined)?.selector ?? {};
}

/** Whether a pod is ready, and not about to go. */
export function servesRequests({ metadata, status }: KubernetesObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isReady && metadata.deletionTimestamp === undefined;
}
