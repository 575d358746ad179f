import { listMade } from '../cluster/list-pods.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import { readiness } from './readiness.ts';
import { lastWarning } from './warnings.ts';

interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface PodStatus {
  conditions?: Condition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

/**
 * Why a workload is not ready, in words: why its pods cannot be created, what keeps a pod or its node from being ready,
 * or else the last warning about it. Undefined where nothing says why.
 */
export async function explainWorkload(cluster: Cluster, id: ObjectId): Promise<string | undefined> {
  const workload = await cluster.get(id);
  const { selector, template } = (workload?.spec ?? {}) as { selector?: { matchLabels?: object }; template?: object };
  const makesPods = template !== undefined || selector?.matchLabels !== undefined;
  if (!workload || !makesPods || id.namespace === undefined) return undefined;
  const { replicaSets, pods } = await listMade(cluster, workload);
  const refused = conditionsOf(workload).find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (refused?.message !== undefined) {
    // The condition keeps the first cause for as long as there is one; what it is now stands in the events.
    const latest = /^FailedCreate: (.*)$/s.exec((await lastWarning(cluster, workload, replicaSets)) ?? '')?.[1];
    const message = latest === undefined || isSameCause(latest, refused.message) ? refused.message : latest;
    return `its pods cannot be created: ${message}`;
  }
  for (const pod of pods) {
    const reason = podTrouble(pod) ?? (await nodeTrouble(cluster, pod));
    if (reason !== undefined) return `pod ${pod.metadata.name}: ${reason}`;
  }
  // Of one that is ready, warnings tell of what is over.
  return readiness(workload).kind === 'ready' ? undefined : lastWarning(cluster, workload, replicaSets);
}

/** Whether a reason says already what the explanation says: the readiness of a Deployment has its condition in it. */
export function repeats(reason: string, why: string): boolean {
  return reason.includes(why.slice(why.indexOf(': ') + 2));
}

/** Every attempt has another pod in it, and words of its own around the cause. */
function isSameCause(latest: string, first: string): boolean {
  const withoutPod = (message: string) => message.replaceAll(/pods "[^"]*"/g, 'pods');
  return withoutPod(latest).includes(withoutPod(first));
}

/** The first thing that keeps a pod from being ready. */
export function podTrouble(pod: KubernetesObject): string | undefined {
  const status = (pod.status ?? {}) as PodStatus;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  // Containers that only wait for their turn say nothing about the one that holds them up.
  const [trouble] = [...containers.filter((one) => !isQueued(one)), ...containers.filter(isQueued)]
    .map(containerTrouble)
    .filter((one) => one !== undefined);
  if (trouble !== undefined) return trouble;
  const unmet = status.conditions?.find(({ type, status }) => status === 'False' && type !== 'Ready');
  if (unmet?.message || unmet?.reason) return `${unmet.type}: ${unmet.message ?? unmet.reason}`;
  return undefined;
}

/** A pod whose containers were ready when its node was last heard of is not ready all the same. */
async function nodeTrouble(cluster: Cluster, pod: KubernetesObject): Promise<string | undefined> {
  const ready = conditionsOf(pod).find(({ type }) => type === 'Ready');
  const { nodeName: name } = (pod.spec ?? {}) as { nodeName?: string };
  if (ready?.status === 'True' || name === undefined) return undefined;
  const node = await cluster.get({ apiVersion: 'v1', kind: 'Node', name });
  if (node === undefined) return `its node ${name} is gone`;
  const condition = conditionsOf(node).find(({ type }) => type === 'Ready');
  if (condition?.status === 'True') return undefined;
  return `its node ${name} is not ready: ${condition?.message ?? condition?.reason ?? 'it has said nothing yet'}`;
}

function conditionsOf({ status }: KubernetesObject): Condition[] {
  return (status as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}

function isQueued({ state }: ContainerStatus): boolean {
  return ['ContainerCreating', 'PodInitializing'].includes(state?.waiting?.reason ?? '');
}

function containerTrouble(container: ContainerStatus): string | undefined {
  const { name, ready, state } = container;
  const { waiting, terminated } = state ?? {};
  if (waiting) {
    const message = waiting.message ? `, ${waiting.message}` : '';
    return `container ${name} waits: ${waiting.reason ?? 'no reason given'}${message}${endBefore(container)}`;
  }
  if (terminated && terminated.exitCode !== 0) {
    return `container ${name} ended: ${terminated.reason ?? 'no reason given'} (exit code ${terminated.exitCode ?? 'unknown'})`;
  }
  return ready || terminated ? undefined : `container ${name} is not ready${endBefore(container)}`;
}

function endBefore({ restartCount = 0, lastState }: ContainerStatus): string {
  const last = lastState?.terminated;
  if (last === undefined) return '';
  const restarts = restartCount === 0 ? '' : `, ${restartCount} restart${restartCount === 1 ? '' : 's'}`;
  return `, ended before with ${last.reason ?? 'no reason'} (exit code ${last.exitCode ?? 'unknown'}${restarts})`;
}
