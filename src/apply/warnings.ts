import type { Cluster, ListOptions } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

interface Event extends KubernetesObject {
  type?: string;
  reason?: string;
  message?: string;
  involvedObject?: { uid?: string };
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { lastObservedTime?: string } | null;
}

/**
 * The latest warning that a controller has recorded about a workload, or about a ReplicaSet of it (found by `where`):
 * the only word there is where pods cannot be created and the workload has no condition for it.
 */
export async function lastWarning(
  cluster: Cluster,
  workload: KubernetesObject,
  where: ListOptions & { namespace: string },
): Promise<string | undefined> {
  const about = new Set([workload.metadata.uid, ...(await replicaSets(cluster, workload, where))]);
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: where.namespace });
  const last = (items as Event[])
    .filter(({ type, involvedObject }) => type === 'Warning' && about.has(involvedObject?.uid))
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
  return last && `${last.reason ?? 'Warning'}: ${last.message ?? 'no message'}`;
}

/** UIDs of the ReplicaSets that a Deployment owns. */
async function replicaSets(cluster: Cluster, { kind, metadata }: KubernetesObject, where: ListOptions) {
  if (kind !== 'Deployment') return [];
  const { items } = await cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, where);
  return items
    .filter((set) => {
      const owners = (set.metadata['ownerReferences'] ?? []) as { uid: string }[];
      return owners.some(({ uid }) => uid === metadata.uid);
    })
    .map((set) => set.metadata.uid);
}

/** Recorders of different ages write the time of the last occurrence to different fields. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: Event): number {
  const times = [series?.lastObservedTime, lastTimestamp, eventTime, metadata['creationTimestamp'] as string];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}
