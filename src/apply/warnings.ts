import type { Cluster } from '../ports/cluster.ts';
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
 * The latest warning that a controller has recorded about a workload, or about one of its ReplicaSets: the only word
 * there is where pods cannot be created and the workload has no condition for it.
 */
export async function lastWarning(
  cluster: Cluster,
  workload: KubernetesObject,
  replicaSets: readonly KubernetesObject[] = [],
): Promise<string | undefined> {
  const about = new Set([workload, ...replicaSets].map(({ metadata }) => metadata.uid));
  const { namespace = 'default' } = workload.metadata;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event' }, { namespace });
  const last = (items as Event[])
    .filter(({ type, involvedObject }) => type === 'Warning' && about.has(involvedObject?.uid))
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
  return last && `${last.reason ?? 'Warning'}: ${last.message ?? 'no message'}`;
}

/** Recorders of different ages write the time of the last occurrence to different fields. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: Event): number {
  const times = [series?.lastObservedTime, lastTimestamp, eventTime, metadata['creationTimestamp'] as string];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}
