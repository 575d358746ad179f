import type { ClusterTarget } from '../mesh/environment.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { TrafficRun, WatchedChange } from '../ports/traffic.ts';

export interface Watched {
  cluster: Cluster;
  change: WatchedChange;
  signal: AbortSignal;
}

/** Prepares the watch of one change in a cluster of the mesh file; nothing is measured before it is begun. */
export type WatchTraffic = (target: ClusterTarget, watched: Watched) => TrafficRun;
