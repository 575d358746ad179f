import { type LabelSelector, matchesLabels } from '../../mesh/label-selector.ts';
import type { Cluster, ObjectType } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

/** Types that make pods from a template and replace them when it changes. */
export const workloadTypes: readonly ObjectType[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
];

/** Every workload of a namespace, or of the cluster; a type that the cluster does not serve has none. */
export async function listWorkloads(cluster: Cluster, namespace?: string): Promise<KubernetesObject[]> {
  const where = namespace === undefined ? {} : { namespace };
  const lists = await Promise.all(workloadTypes.map((type) => cluster.list(type, where)));
  return lists.flatMap(({ items }) => items);
}

/** Number of pods that the workload's owner asks for; for a DaemonSet as many as there are nodes for it. */
export function wantedReplicas({ kind, spec, status }: KubernetesObject): number {
  if (kind !== 'DaemonSet') return (spec as { replicas?: number } | undefined)?.replicas ?? 1;
  return (status as { desiredNumberScheduled?: number } | undefined)?.desiredNumberScheduled ?? 0;
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
}

/** Labels and annotations that the workload gives its pods. */
export function podTemplate({ spec }: KubernetesObject): Required<NonNullable<PodTemplate['metadata']>> {
  const { labels = {}, annotations = {} } = (spec as { template?: PodTemplate } | undefined)?.template?.metadata ?? {};
  return { labels, annotations };
}

/** Whether a selector selects these labels; an empty one selects nothing here. */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.keys(matchLabels).length + matchExpressions.length > 0 && matchesLabels(selector, labels);
}
