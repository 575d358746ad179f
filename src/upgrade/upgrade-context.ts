import type { LockedCluster } from '../apply/lease.ts';
import type { DeliveryError } from '../errors.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { TrafficRun } from '../ports/traffic.ts';

/** What a run works with that holds the lock. */
export type LockedContext = UpgradeContext & { cluster: LockedCluster };

/** What every step of an upgrade works with, in one cluster. */
export interface UpgradeContext {
  cluster: Cluster;
  proxies: ProxyDirectory;
  policy: UpgradePolicy;
  /** Absent where the bundle asks for no probe. */
  traffic?: TrafficRun;
  /** How a failure is told; with its remedy, which is one for an environment, where nothing is said. */
  reasonOf?: (error: DeliveryError) => string;
  /** Namespace of the control plane. */
  namespace: string;
  /** Milliseconds that any one thing may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}
