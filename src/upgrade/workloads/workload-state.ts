import { podTrouble } from '../../apply/explain.ts';
import { type Readiness, readiness } from '../../apply/readiness.ts';
import type { Workload } from '../../cluster/pod-owner.ts';
import { isReady } from '../../cluster/pod-readiness.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { proxyRevision } from './proxy-pod.ts';
import type { ProxyState } from './proxy-watch.ts';
import { wantedReplicas } from './workload.ts';
import { restartAnnotation } from './workload-restart.ts';

/** What a workload still lacks. */
export interface Lack {
  /** In words, after the workload's name. */
  reason: string;
  /** Waiting will not mend it (`certain`), or has seldom mended it (`likely`). */
  trouble?: 'likely' | 'certain';
  /** What its owner must do, where that is more than to mend the reason. */
  cure?: string;
}

export interface RolloutFacts {
  revision: string;
  restart: string;
  /** Generation that the restart gave it: what is older does not show it. */
  generation: number;
}

/** Reasons for which a container does not start and is tried again, with longer and longer pauses. */
const backingOff = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
]);

/** The first thing that keeps the pods of a workload from being new, ready and of the revision; proxies apart. */
export function rolloutLack({ object, pods }: Workload, facts: RolloutFacts): Lack | undefined {
  const { revision, restart, generation } = facts;
  if ((object.metadata.generation ?? 0) < generation) return { reason: 'its restart has not been seen yet' };
  const fresh = pods.filter((pod) => isFresh(pod, object, restart));
  const state = rolloutReadiness(object);
  if (state.kind === 'failed') return { reason: withPods(state.reason, fresh), trouble: 'certain' };

  const elsewhere = fresh.find((pod) => proxyRevision(pod) !== revision);
  if (elsewhere) return injectedElsewhere(elsewhere, object);
  const stuck = fresh.find(isBackingOff);
  if (stuck) return { reason: `pod ${stuck.metadata.name}: ${podTrouble(stuck)}`, trouble: 'likely' };
  if (state.kind === 'progressing' && (object.spec as { paused?: boolean }).paused) {
    return { reason: `it is paused: ${state.reason}`, trouble: 'certain', cure: 'Resume its own rollout first' };
  }
  if (state.kind === 'progressing') {
    const refused = cannotCreatePods(object) ? { trouble: 'likely' as const } : {};
    return { reason: withPods(state.reason, fresh), ...refused };
  }
  const wanted = wantedReplicas(object);
  if (pods.length < wanted) return { reason: `${pods.length} of ${wanted} pods are there` };
  const old = pods.filter((pod) => proxyRevision(pod) !== revision);
  if (old[0]) return { reason: `${old.length} of ${pods.length} pods with ${proxyOf(old[0])} are still there` };
  const unready = pods.find((pod) => !isReady(pod));
  return unready && { reason: `pod ${unready.metadata.name} is not ready${trouble(unready)}` };
}

/** The first pod whose proxy is not connected to an istiod of the revision and in sync. */
export function proxyLack(
  pods: readonly KubernetesObject[],
  revision: string,
  stateOf: (pod: { namespace: string; name: string }) => ProxyState,
): Lack | undefined {
  const lacks = pods.map(({ metadata }) => {
    const { name, namespace = '' } = metadata;
    return lackOf(name, revision, stateOf({ namespace, name }));
  });
  // What waiting does not mend decides, whichever pod it is about.
  return lacks.find((lack) => lack?.trouble !== undefined) ?? lacks.find((lack) => lack !== undefined);
}

/** Number of pods that are of the revision and ready: what grows while a workload gets on. */
export function wholePods({ pods }: Workload, revision: string): number {
  return pods.filter((pod) => proxyRevision(pod) === revision && isReady(pod)).length;
}

function lackOf(pod: string, revision: string, state: ProxyState): Lack | undefined {
  switch (state.kind) {
    case 'synced':
      return undefined;
    case 'unknown':
      return {
        reason: state.reason ?? `the proxy of pod ${pod} has not been asked about yet`,
        ...(state.lasting ? { trouble: 'certain' } : {}),
      };
    case 'absent':
      return { reason: `the proxy of pod ${pod} is not connected to an istiod of revision ${revision}` };
    case 'behind':
      return { reason: `the proxy of pod ${pod} is not in sync: ${state.reason}` };
    case 'rejected':
      return { reason: `the proxy of pod ${pod} refuses its configuration: ${state.reason}`, trouble: 'certain' };
  }
}

/** A Rollout tells its health in a phase of its own. */
function rolloutReadiness(object: KubernetesObject): Readiness {
  const general = readiness(object);
  if (object.kind !== 'Rollout' || general.kind !== 'ready') return general;
  const { restartAt } = (object.spec ?? {}) as { restartAt?: string };
  const { phase, message, restartedAt } = (object.status ?? {}) as Record<string, string | undefined>;
  const why = message === undefined ? '' : `: ${message}`;
  if (phase === 'Degraded') return { kind: 'failed', reason: `it is degraded${why}` };
  if (phase !== 'Healthy') return { kind: 'progressing', reason: `its phase is ${phase ?? 'not known yet'}${why}` };
  if (restartAt !== restartedAt) return { kind: 'progressing', reason: 'its pods are being restarted' };
  return general;
}

/** Whether the pod was made after the restart. */
function isFresh({ metadata }: KubernetesObject, object: KubernetesObject, restart: string): boolean {
  if (object.kind !== 'Rollout') return metadata.annotations?.[restartAnnotation] === restart;
  const { restartAt } = (object.spec ?? {}) as { restartAt?: string };
  return restartAt !== undefined && Date.parse(String(metadata.creationTimestamp)) > Date.parse(restartAt);
}

/** A pod keeps its proxy for life, so no waiting helps. */
function injectedElsewhere(pod: KubernetesObject, { kind, metadata }: KubernetesObject): Lack {
  const { name, namespace } = metadata;
  return {
    reason: `pod ${pod.metadata.name} is new and started with ${proxyOf(pod)}`,
    trouble: 'certain',
    cure: `See which revision serves the namespace's tag, then restart it once more: kubectl rollout restart ${kind.toLowerCase()}/${name} -n ${namespace}`,
  };
}

function proxyOf(pod: KubernetesObject): string {
  const revision = proxyRevision(pod);
  return revision === undefined ? 'no proxy' : `a proxy of revision ${revision}`;
}

interface Status {
  conditions?: { type: string; status: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

interface ContainerStatus {
  state?: { waiting?: { reason?: string } };
}

function statusOf({ status }: KubernetesObject): Status {
  return (status ?? {}) as Status;
}

function isBackingOff(pod: KubernetesObject): boolean {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf(pod);
  return [...initContainerStatuses, ...containerStatuses].some(({ state }) =>
    backingOff.has(state?.waiting?.reason ?? ''),
  );
}

/** A quota, or a webhook that refuses or cannot be reached. */
function cannotCreatePods(object: KubernetesObject): boolean {
  return (statusOf(object).conditions ?? []).some(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
}

function withPods(reason: string, fresh: readonly KubernetesObject[]): string {
  const unready = fresh.find((pod) => !isReady(pod));
  return unready === undefined ? reason : `${reason} (pod ${unready.metadata.name}${trouble(unready)})`;
}

function trouble(pod: KubernetesObject): string {
  const reason = podTrouble(pod);
  return reason === undefined ? '' : `: ${reason}`;
}
