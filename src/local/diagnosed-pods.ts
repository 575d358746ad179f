import { isMapping } from '../mesh/merge-deep.ts';
import type { PodContainer } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** The pods of a cluster, by what is to be exported of them. */
export interface DiagnosedPods {
  /** Containers of pods that are not well, that have run: the log of each is there. */
  unready: PodContainer[];
  /** Of these, the ones whose process before this one ended too. */
  restarted: PodContainer[];
  /** Pods with a proxy of Istio that runs. */
  injected: { namespace: string; name: string }[];
  /** One line for each pod that is not well, as a person reads it. */
  lines: string[];
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state: Record<string, { reason?: string; message?: string } | undefined>;
}

/** Reads a list of pods, as the API server sends it. */
export function diagnosedPods(pods: readonly KubernetesObject[]): DiagnosedPods {
  const found: DiagnosedPods = { unready: [], restarted: [], injected: [], lines: [] };
  for (const pod of pods) {
    const { name, namespace = '' } = pod.metadata;
    const statuses = [...statusesOf(pod, 'initContainerStatuses'), ...statusesOf(pod, 'containerStatuses')];
    if (statuses.some((status) => status.name === 'istio-proxy' && status.state.running)) {
      found.injected.push({ namespace, name });
    }
    const phase = isMapping(pod.status) ? pod.status.phase : undefined;
    const unwell = statuses.filter(isUnwell);
    if (phase === 'Succeeded' || (phase === 'Running' && unwell.length === 0)) continue;
    found.lines.push(
      `Pod ${namespace}/${name} is not well: ${unwell.map(describe).join('; ') || (phase ?? 'no phase')}`,
    );
    for (const { name: container, state, restartCount } of statuses) {
      const names = { namespace, pod: name, container };
      if (state.running || state.terminated || restartCount > 0) found.unready.push(names);
      if (restartCount > 0) found.restarted.push(names);
    }
  }
  return found;
}

/** An init container that has done its work counts as ready in its status. */
function isUnwell({ ready, state }: ContainerStatus): boolean {
  return !ready && state.terminated?.reason !== 'Completed';
}

function describe({ name, state, restartCount }: ContainerStatus): string {
  const [kind = 'unknown', detail] = Object.entries(state)[0] ?? [];
  const reason = [detail?.reason, detail?.message].filter(Boolean).join(': ');
  const restarts = restartCount === 0 ? '' : `, ${restartCount} restarts`;
  return `${name} ${kind}${reason === '' ? '' : ` (${reason})`}${restarts}`;
}

function statusesOf(pod: KubernetesObject, field: string): ContainerStatus[] {
  const list = isMapping(pod.status) ? pod.status[field] : undefined;
  return Array.isArray(list) ? (list as ContainerStatus[]) : [];
}
