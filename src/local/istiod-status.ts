import type { KubernetesObject } from '../ports/objects.ts';
import type { Pod, PodCondition } from './pod.ts';

/** How the process behind an istiod pod is. */
export interface ProcessHealth {
  ready: boolean;
  /** How often it was started again. */
  restarts: number;
  /** Why it is not ready; undefined when it is. */
  reason?: string;
}

/** The status that the pod must have, as a server-side apply; undefined when it has it. */
export function istiodPodStatus(pod: Pod, health: ProcessHealth, now: Date): KubernetesObject | undefined {
  const status = health.ready ? 'True' : 'False';
  const containerStatuses = (pod.status?.containerStatuses ?? []).map((container) =>
    container.name === 'discovery'
      ? { ...container, ready: health.ready, restartCount: Math.max(container.restartCount, health.restarts) }
      : container,
  );
  const agrees =
    ['Ready', 'ContainersReady'].every((type) => conditionOf(pod, type)?.status === status) &&
    JSON.stringify(containerStatuses) === JSON.stringify(pod.status?.containerStatuses ?? []);
  if (agrees) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.metadata.name, ...(pod.metadata.namespace ? { namespace: pod.metadata.namespace } : {}) },
    status: {
      conditions: ['ContainersReady', 'Ready'].map((type) => ({
        type,
        ...condition(health),
        ...since(conditionOf(pod, type), status, now),
      })),
      containerStatuses,
    },
  };
}

function conditionOf(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((entry) => entry.type === type);
}

function condition({ ready, reason }: ProcessHealth): Partial<PodCondition> {
  return ready
    ? { status: 'True' }
    : { status: 'False', reason: 'ContainersNotReady', message: reason ?? 'the istiod process is not ready' };
}

function since(before: PodCondition | undefined, status: string, now: Date): { lastTransitionTime: string } {
  const changed = before?.status !== status;
  const whole = now.toISOString().replace(/\.\d+Z$/, 'Z');
  return { lastTransitionTime: changed ? whole : (before.lastTransitionTime ?? whole) };
}
