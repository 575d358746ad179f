import type { KubernetesObject } from '../ports/objects.ts';
import type { PodFault } from './fault.ts';
import { type Container, type ContainerStatus, type Pod, type PodStatus, timestamp } from './pod.ts';

/**
 * What the kubelet says next of a pod that was created and is not ready yet, as a server-side apply: that it runs and
 * is ready, or what a fault makes of it. Undefined when there is nothing to say.
 */
export function nextPodStatus(pod: Pod, fault: PodFault | undefined, now: Date): KubernetesObject | undefined {
  const { metadata, status } = pod;
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (status?.podIP === undefined || isOver || metadata.deletionTimestamp !== undefined) return undefined;
  if (isReady(pod) || (fault && suffers(pod, fault))) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    // Another pod under the name of this one must not take its status.
    metadata: { name: metadata.name, namespace: metadata.namespace ?? 'default', uid: metadata.uid ?? '' },
    status: {
      phase: fault?.failure === 'cannot-pull' ? 'Pending' : 'Running',
      conditions: conditions(pod, fault, timestamp(now)),
      containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, fault, now)),
      initContainerStatuses: (pod.spec.initContainers ?? []).map((container) => initStatus(pod, container, now)),
    },
  };
}

/**
 * The status of a pod that was ready on a node that has gone, as a server-side apply: the rest is as it was last heard.
 * Undefined when it is not ready already.
 */
export function lostPodStatus(pod: Pod, now: Date): KubernetesObject | undefined {
  const { metadata, status = {} } = pod;
  if (!isReady(pod) || metadata.deletionTimestamp !== undefined) return undefined;
  const lastTransitionTime = timestamp(now);
  const conditions = (status.conditions ?? [])
    // The scheduler's own.
    .filter(({ type }) => type !== 'PodScheduled')
    .map(({ type, status, lastTransitionTime: since }) =>
      type === 'Ready'
        ? { type, status: 'False', reason: 'NodeNotReady', message: 'Node is not ready', lastTransitionTime }
        : { type, status, lastTransitionTime: since },
    );
  const { phase, containerStatuses, initContainerStatuses } = status;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: metadata.name, namespace: metadata.namespace ?? 'default', uid: metadata.uid ?? '' },
    status: { phase, conditions, containerStatuses, initContainerStatuses },
  };
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Whether the pod's status says already what the fault does to it. */
function suffers(pod: Pod, { failure }: PodFault): boolean {
  const state = statusOf(pod.status?.containerStatuses, faulty(pod))?.state;
  if (failure === 'never-ready') return state?.running !== undefined;
  return state?.waiting?.reason === waitingReasons[failure];
}

const waitingReasons = { 'crash-loop': 'CrashLoopBackOff', 'cannot-pull': 'ImagePullBackOff' } as const;

function conditions(pod: Pod, fault: PodFault | undefined, time: string) {
  const status = fault ? 'False' : 'True';
  const why = fault
    ? { reason: 'ContainersNotReady', message: `containers with unready status: [${faulty(pod)}]` }
    : {};
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => ({ type: conditionType, status: 'True' }));
  return [
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', status, ...why },
    { type: 'Ready', status, ...why },
    ...gates,
  ].map((condition) => ({ ...condition, lastTransitionTime: time }));
}

/** The workload's own container rather than the proxy beside it. */
function faulty({ spec }: Pod): string {
  const own = spec.containers.find((container) => container.name !== 'istio-proxy') ?? spec.containers[0];
  return own?.name ?? '';
}

function containerStatus(pod: Pod, { name, image = '' }: Container, fault: PodFault | undefined, now: Date) {
  const before = statusOf(pod.status?.containerStatuses, name);
  const status = { name, image, imageID: '', ready: true, started: true, restartCount: before?.restartCount ?? 0 };
  const isRunning = {
    state: { running: { startedAt: timestamp(now) } },
    ...(before?.lastState ? lastStateOf(before) : {}),
  };
  if (fault === undefined || name !== faulty(pod)) return { ...status, ...isRunning };
  const unready = { ...status, ready: false, started: false };
  switch (fault.failure) {
    case 'never-ready':
      return { ...unready, ...isRunning, started: true };
    case 'cannot-pull':
      return {
        ...unready,
        state: { waiting: { reason: waitingReasons['cannot-pull'], message: `Back-off pulling image "${image}"` } },
      };
    case 'crash-loop':
      return {
        ...unready,
        restartCount: status.restartCount + crashes,
        state: {
          waiting: {
            reason: waitingReasons['crash-loop'],
            message: `back-off 40s restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace}`,
          },
        },
        lastState: {
          terminated: { exitCode: 1, reason: 'Error', startedAt: timestamp(now), finishedAt: timestamp(now) },
        },
      };
  }
}

/** How often a container has ended when one first looks at it. */
const crashes = 3;

function lastStateOf({ lastState }: ContainerStatus) {
  return { lastState };
}

function initStatus(pod: Pod, { name, image = '', restartPolicy }: Container, now: Date) {
  const isSidecar = restartPolicy === 'Always';
  const before = statusOf(pod.status?.initContainerStatuses, name);
  const time = { startedAt: timestamp(now) };
  return {
    name,
    image,
    imageID: '',
    ready: true,
    started: isSidecar,
    restartCount: before?.restartCount ?? 0,
    // A sidecar is an init container that never ends; the others have done their work.
    state: isSidecar
      ? { running: time }
      : { terminated: { exitCode: 0, reason: 'Completed', ...time, finishedAt: timestamp(now) } },
  };
}

function statusOf(statuses: PodStatus['containerStatuses'], name: string): ContainerStatus | undefined {
  return statuses?.find((status) => status.name === name);
}
