import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, objectId } from '../../src/ports/objects.ts';

export interface Write {
  verb: 'apply' | 'create' | 'replace' | 'delete';
  /** As a person reads it. */
  object: string;
}

/** The cluster, telling of every write (no dry run) before it is sent; `before` may delay it or throw. */
export function watchedCluster(cluster: Cluster, before: (write: Write) => Promise<void> | void): Cluster {
  return {
    ...cluster,
    async apply(object, options) {
      if (!options.dryRun) await before({ verb: 'apply', object: formatObjectId(objectId(object)) });
      return cluster.apply(object, options);
    },
    async create(object) {
      await before({ verb: 'create', object: formatObjectId(objectId(object)) });
      return cluster.create(object);
    },
    async replace(object) {
      await before({ verb: 'replace', object: formatObjectId(objectId(object)) });
      return cluster.replace(object);
    },
    async delete(id, uid) {
      await before({ verb: 'delete', object: formatObjectId(id) });
      return cluster.delete(id, uid);
    },
  };
}
