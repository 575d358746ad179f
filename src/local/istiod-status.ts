import type { KubernetesObject } from '../ports/objects.ts';
import { type ContainerStatus, type Pod, type PodCondition, timestamp } from './pod.ts';

/** How the process behind an istiod pod is. */
export interface ProcessHealth {
  ready: boolean;
  /** How often it was started again. */
  restarts: number;
  /** Why it is not ready; undefined when it is. */
  reason?: string;
  /** How it ended last, while it waits to be started again. */
  crash?: { exitCode: number };
}

/** The status that the pod must have, as a server-side apply; undefined when it has it. */
export function istiodPodStatus(pod: Pod, health: ProcessHealth, now: Date): KubernetesObject | undefined {
  const status = health.ready ? 'True' : 'False';
  const before = pod.status?.containerStatuses ?? [];
  const containerStatuses = before.map((container) =>
    container.name === 'discovery' ? discoveryStatus(container, health, now) : container,
  );
  const agrees =
    ['Ready', 'ContainersReady'].every((type) => conditionOf(pod, type)?.status === status) &&
    containerStatuses.every((container, index) => saysTheSame(container, before[index]));
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

function discoveryStatus(container: ContainerStatus, health: ProcessHealth, now: Date): ContainerStatus {
  const restartCount = Math.max(container.restartCount, health.restarts);
  const status = { ...container, ready: health.ready, started: health.crash === undefined, restartCount };
  if (health.crash === undefined) {
    return {
      ...status,
      state: container.state?.running ? container.state : { running: { startedAt: timestamp(now) } },
    };
  }
  return {
    ...status,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container=discovery' } },
    lastState: { terminated: { exitCode: health.crash.exitCode, reason: 'Error', finishedAt: timestamp(now) } },
  };
}

function saysTheSame(one: ContainerStatus, other: ContainerStatus | undefined): boolean {
  return (
    one.ready === other?.ready &&
    one.restartCount === other.restartCount &&
    one.state?.waiting?.reason === other.state?.waiting?.reason &&
    one.lastState?.terminated?.exitCode === other.lastState?.terminated?.exitCode
  );
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
  return { lastTransitionTime: changed ? timestamp(now) : (before.lastTransitionTime ?? timestamp(now)) };
}
