import type { KubernetesObject } from '../../ports/objects.ts';
import { podTemplate } from './workload.ts';

/** Says, with the id of a move, that a workload was restarted for it: who carries it is never restarted again. */
export const restartAnnotation = 'istio-delivery/restart';

/** Owns that annotation, and a Rollout's time of restart, and nothing else. */
export const restartFieldManager = 'istio-delivery-restart';

/** The id of the move for which a workload was restarted last. */
export function restartOf(object: KubernetesObject): string | undefined {
  const { annotations } = object.kind === 'Rollout' ? object.metadata : podTemplate(object);
  return annotations?.[restartAnnotation];
}

/**
 * What is applied to restart a workload: with its UID, so that the API server refuses to create it anew when it is
 * gone. A Rollout replaces the pods that are older than the time in its spec, all others those of another template.
 */
export function restartForm(
  { apiVersion, kind, metadata }: KubernetesObject,
  { restart, at }: { restart: string; at: Date },
): KubernetesObject {
  const { name, namespace, uid } = metadata;
  const id = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const annotations = { [restartAnnotation]: restart };
  if (kind !== 'Rollout') return { apiVersion, kind, metadata: id, spec: { template: { metadata: { annotations } } } };
  const restartAt = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return { apiVersion, kind, metadata: { ...id, annotations }, spec: { restartAt } };
}

/** A time of restart that no pod is younger than, whatever this machine's clock says. */
export function restartTime(now: Date, pods: readonly KubernetesObject[]): Date {
  const created = pods.map(({ metadata }) => Date.parse(String(metadata.creationTimestamp)) + 1_000);
  return new Date(Math.max(now.getTime(), ...created.filter((time) => !Number.isNaN(time))));
}
