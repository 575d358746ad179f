import { revisionLabel } from '../../bundle/labels.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';

/** The revision that an object of Istio's is of. */
export function revisionOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.[revisionLabel] ?? 'default';
}

/** Whether the istiods of a revision can serve it; `absent` where it has none here, as where another cluster's serve it. */
export function istiodsOf(facts: HealthFacts, revision: string): 'ready' | 'not ready' | 'absent' | 'unknown' {
  const istiods = valueOf(facts.istiods);
  if (istiods === undefined) return 'unknown';
  const own = istiods.filter((istiod) => revisionOf(istiod) === revision);
  if (own.length === 0) return 'absent';
  return own.some(hasReadyPod) ? 'ready' : 'not ready';
}

function hasReadyPod({ status }: KubernetesObject): boolean {
  return ((status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0) > 0;
}
