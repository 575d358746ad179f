import pMap from 'p-map';
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

/** What is wrong with objects of one cluster, one sentence each. */
export async function unhealthyObjects(
  cluster: Cluster,
  ids: readonly ObjectId[],
  bundle: WantedWorkloads,
): Promise<string[]> {
  const found = await pMap(ids, async (id) => ({ id, live: await cluster.get(id) }), { concurrency: requestsAtOnce });
  const wanted = wantedReplicas(
    bundle,
    found.flatMap(({ live }) => live ?? []),
  );
  return found.flatMap(({ id, live }) => objectTrouble(id, live, wanted) ?? []);
}
