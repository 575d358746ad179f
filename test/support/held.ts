import type { LockedCluster } from '../../src/apply/lease.ts';
import type { Cluster } from '../../src/ports/cluster.ts';

/** The cluster as a run has it that holds the lock for good. */
export function held(cluster: Cluster): LockedCluster {
  return { ...cluster, hold: { name: 'test/0', refuseLost: async () => undefined } };
}
