import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';

interface ContainerStatus {
  name: string;
  ready: boolean;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

interface PodStatus {
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

/** Why the pods of a workload are not ready, in words; undefined where its pods say nothing. */
export async function explainWorkload(cluster: Cluster, id: ObjectId): Promise<string | undefined> {
  const workload = await cluster.get(id);
  const { selector } = (workload?.spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  if (!selector?.matchLabels || id.namespace === undefined) return undefined;
  const labelSelector = Object.entries(selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: id.namespace, labelSelector });
  for (const pod of pods.items) {
    const reason = podTrouble(pod);
    if (reason !== undefined) return `pod ${pod.metadata.name}: ${reason}`;
  }
  return undefined;
}

/** The first thing that keeps a pod from being ready. */
export function podTrouble(pod: KubernetesObject): string | undefined {
  const status = (pod.status ?? {}) as PodStatus;
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const trouble = containerTrouble(container);
    if (trouble !== undefined) return trouble;
  }
  const unmet = status.conditions?.find(({ type, status }) => status === 'False' && type !== 'Ready');
  if (unmet?.message || unmet?.reason) return `${unmet.type}: ${unmet.message ?? unmet.reason}`;
  return undefined;
}

function containerTrouble({ name, ready, state, lastState }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (waiting) {
    const last = lastState?.terminated;
    const before = last
      ? `, ended before with ${last.reason ?? 'no reason'} (exit code ${last.exitCode ?? 'unknown'})`
      : '';
    return `container ${name} waits: ${waiting.reason ?? 'no reason given'}${waiting.message ? `, ${waiting.message}` : ''}${before}`;
  }
  if (terminated && terminated.exitCode !== 0) {
    return `container ${name} ended: ${terminated.reason ?? 'no reason given'} (exit code ${terminated.exitCode ?? 'unknown'})`;
  }
  return ready || terminated ? undefined : `container ${name} is not ready`;
}
