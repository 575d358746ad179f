import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { isLive, proxyRevision } from './workloads/proxy-pod.ts';

/** Counts the pods with a proxy by their revision; after the first look only where something has moved. */
export interface ProxyCensus {
  /** Looks again at one namespace, or at all. */
  look(namespace?: string): Promise<void>;
  counts(): Record<string, number>;
}

export function proxyCensus(cluster: Cluster): ProxyCensus {
  const byNamespace = new Map<string, Record<string, number>>();
  return {
    async look(namespace) {
      const { items } = await cluster.list(
        { apiVersion: 'v1', kind: 'Pod' },
        namespace === undefined ? {} : { namespace },
      );
      if (namespace === undefined) byNamespace.clear();
      else byNamespace.delete(namespace);
      for (const [where, pods] of Map.groupBy(items, ({ metadata }) => metadata.namespace ?? '')) {
        byNamespace.set(where, countByRevision(pods));
      }
    },
    counts() {
      const total: Record<string, number> = {};
      for (const counts of byNamespace.values()) {
        for (const [revision, pods] of Object.entries(counts)) total[revision] = (total[revision] ?? 0) + pods;
      }
      return total;
    },
  };
}

function countByRevision(pods: KubernetesObject[]): Record<string, number> {
  const revisions = pods.filter(isLive).flatMap((pod) => proxyRevision(pod) ?? []);
  return Object.fromEntries([...Map.groupBy(revisions, (revision) => revision)].map(([key, all]) => [key, all.length]));
}
