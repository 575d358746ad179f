import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** A cluster, and whether anything was written to it; the lock is none of it. */
export interface NotedCluster {
  cluster: Cluster;
  hasWritten(): boolean;
}

/** Notes the first write to a cluster, carried out or not: what fails may have happened all the same. */
export function noteWrites(cluster: Cluster): NotedCluster {
  let written = false;
  const note = (object: Pick<KubernetesObject, 'kind'>) => {
    if (object.kind !== 'Lease') written = true;
  };
  return {
    hasWritten: () => written,
    cluster: {
      ...cluster,
      apply(object, options) {
        if (!options.dryRun) note(object);
        return cluster.apply(object, options);
      },
      applyStatus(object, options) {
        note(object);
        return cluster.applyStatus(object, options);
      },
      create(object) {
        note(object);
        return cluster.create(object);
      },
      replace(object) {
        note(object);
        return cluster.replace(object);
      },
      delete(id, uid) {
        note(id);
        return cluster.delete(id, uid);
      },
    },
  };
}
