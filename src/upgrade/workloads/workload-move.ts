import { revisionLabel } from '../../bundle/labels.ts';
import type { Workload } from '../../cluster/pod-owner.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { isMadeForGateway } from '../gateways/istio-gateway.ts';
import { hasProxy, proxyRevision } from './proxy-pod.ts';
import { podTemplate, wantedReplicas } from './workload.ts';
import { restartOf } from './workload-restart.ts';

/** What is to be done with one workload. */
export type MoveDecision =
  /** It is to be restarted. */
  | { kind: 'roll' }
  /** It was restarted already; its pods have to become whole. */
  | { kind: 'wait' }
  /** It needs no restart; its proxies have to be in sync. */
  | { kind: 'done'; why: string }
  /** It is left to its owner. */
  | { kind: 'skip'; why: SkipReason; reason: string; cure: string; holdsOldRevision: boolean };

/**
 * `gateway`: istiod rolls it when the tag of its Gateway moves. `standstill`: it is to have the revision, and replaces
 * no pod by itself.
 */
export type SkipReason = 'gateway' | 'no proxy' | 'pinned' | 'standstill';

export interface MoveFacts {
  namespaceLabels: Record<string, string>;
  /** Revision that the namespace moves to. */
  revision: string;
  /** Id of the move. */
  restart: string;
}

/** On a pod, or in the old way as its annotation: whether it is to have a proxy. */
export const injectLabel = 'sidecar.istio.io/inject';

interface Spec {
  paused?: boolean;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  template?: { spec?: { hostNetwork?: boolean } };
}

/** Decides by the workload and its live pods alone, so that it decides the same after any interruption. */
export function decideMove(workload: Workload, facts: MoveFacts): MoveDecision {
  const { object, pods } = workload;
  const { revision, restart } = facts;
  const old = pods.some((pod) => hasProxy(pod) && proxyRevision(pod) !== revision);
  if (object.metadata.deletionTimestamp !== undefined) return { kind: 'done', why: 'it is being deleted' };

  if (isMadeForGateway(object)) {
    const reason = 'it belongs to a Gateway of the Gateway API';
    const cure = 'nothing: istiod rolls it when the tag of its Gateway moves';
    // A later step moves that tag; a Gateway that none moves does not pass the preflight.
    return { kind: 'skip', why: 'gateway', reason, cure, holdsOldRevision: false };
  }
  const refusal = injectionRefusal(object, facts.namespaceLabels);
  if (refusal !== undefined) return { kind: 'skip', why: 'no proxy', ...refusal, holdsOldRevision: old };
  if (restartOf(object) === restart) return { kind: 'wait' };
  if (pods.length > 0 && !pods.some(hasProxy)) {
    const cure = 'nothing, unless it is meant to be in the mesh: restart it then';
    return { kind: 'skip', why: 'no proxy', reason: 'none of its pods has a proxy', cure, holdsOldRevision: false };
  }
  if (pods.length > 0 && pods.every((pod) => proxyRevision(pod) === revision)) {
    return { kind: 'done', why: 'all its pods have a proxy of the revision' };
  }
  const pin = podTemplate(object).labels[revisionLabel];
  if (pin !== undefined && pin !== revision && pin !== facts.namespaceLabels[revisionLabel]) {
    const reason = `its pod template pins revision "${pin}" (label ${revisionLabel})`;
    const cure = `take the label ${revisionLabel} out of its pod template, which restarts it`;
    return { kind: 'skip', why: 'pinned', reason, cure, holdsOldRevision: old || pods.length === 0 };
  }
  if (wantedReplicas(object) === 0) return { kind: 'done', why: 'it has no replicas' };
  const standstill = standstillOf(object);
  if (standstill === undefined) return { kind: 'roll' };
  return { kind: 'skip', why: 'standstill', ...standstill, holdsOldRevision: old };
}

/** Whether the workload's template keeps the injector away. */
export function optsOut(object: KubernetesObject): boolean {
  return injectionAsked(object) === 'false';
}

function injectionAsked(object: KubernetesObject): string | undefined {
  const { labels, annotations } = podTemplate(object);
  return labels[injectLabel] ?? annotations[injectLabel];
}

interface Left {
  reason: string;
  cure: string;
}

/** Why pods of this workload get no proxy from an injector, by the rules of Istio's webhooks. */
function injectionRefusal(object: KubernetesObject, namespaceLabels: Record<string, string>): Left | undefined {
  const { labels } = podTemplate(object);
  const cure = 'nothing, unless it is meant to be in the mesh';
  if (optsOut(object)) return { reason: `its pod template opts out (${injectLabel}: "false")`, cure };
  if (namespaceLabels['istio-injection'] === 'disabled') {
    return { reason: 'its namespace opts out (istio-injection: disabled)', cure };
  }
  if (specOf(object).template?.spec?.hostNetwork) {
    return { reason: "its pods use their nodes' network, and such pods get no proxy", cure };
  }
  const namespaceAsks = namespaceLabels['istio-injection'] === 'enabled' || revisionLabel in namespaceLabels;
  if (namespaceAsks || injectionAsked(object) === 'true' || revisionLabel in labels) return undefined;
  return { reason: 'neither its namespace nor its pod template asks for a proxy', cure };
}

/** Why a change of the pod template does not replace the pods, and what does. */
export function standstillOf(object: KubernetesObject): Left | undefined {
  const { paused, updateStrategy = {} } = specOf(object);
  if (paused) return { reason: 'it is paused', cure: 'resume it, and restart it if that changes nothing' };
  if (object.kind === 'Rollout' && (object.status as { phase?: string } | undefined)?.phase === 'Paused') {
    return { reason: 'it stands in the middle of a rollout', cure: 'promote or abort that rollout, and restart it' };
  }
  if (updateStrategy.type === 'OnDelete') {
    return { reason: 'its update strategy is OnDelete', cure: 'delete its pods, one after the other' };
  }
  const partition = updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const cure = 'set the partition to 0 and restart it';
    return { reason: `its update strategy leaves the pods below partition ${partition} alone`, cure };
  }
  return undefined;
}

function specOf({ spec }: KubernetesObject): Spec {
  return (spec ?? {}) as Spec;
}
