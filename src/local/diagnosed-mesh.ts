import { isMapping } from '../mesh/merge-deep.ts';
import type { PodContainer } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** What of a cluster's pods belongs to a mesh. */
export interface DiagnosedMesh {
  /** Containers whose logs are wanted whatever state they are in: of gateways, istiods, and pods of the given namespaces. */
  logs: PodContainer[];
  /** Every revision that has an istiod. */
  revisions: { revision: string; namespace: string }[];
}

/** Reads a list of pods, as the API server sends it. */
export function diagnosedMesh(pods: readonly KubernetesObject[], namespaces: readonly string[]): DiagnosedMesh {
  const rank = (pod: KubernetesObject): number => {
    if (pod.metadata.annotations?.['inject.istio.io/templates'] === 'gateway') return 0;
    if (pod.metadata.labels?.app === 'istiod') return 1;
    const index = namespaces.indexOf(pod.metadata.namespace ?? '');
    return index < 0 ? Number.POSITIVE_INFINITY : 2 + index;
  };
  const wanted = pods
    .filter((pod) => Number.isFinite(rank(pod)))
    .toSorted((left, right) => rank(left) - rank(right))
    .flatMap((pod) =>
      containersOf(pod).map((container) => ({
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name,
        container,
      })),
    );
  const istiods = pods
    .filter(({ metadata }) => metadata.labels?.app === 'istiod')
    .map(({ metadata: { namespace = '', labels } }) => ({
      namespace,
      revision: labels?.['istio.io/rev'] ?? 'default',
    }));
  const revisions = new Map(istiods.map((each) => [`${each.namespace}/${each.revision}`, each]));
  return { logs: wanted, revisions: [...revisions.values()] };
}

/** Those that have run. */
function containersOf({ status }: KubernetesObject): string[] {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => {
    const list = isMapping(status) ? status[field] : undefined;
    return Array.isArray(list) ? (list as { name: string; state?: Record<string, unknown> }[]) : [];
  });
  return statuses.filter(({ state = {} }) => state.running || state.terminated).map(({ name }) => name);
}
