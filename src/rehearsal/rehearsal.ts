import type { ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';

/** One field of one object that a rehearsal needs otherwise than the bundle has it. */
export interface OverlayChange {
  /** As a person reads it: `Deployment istio-system/istiod-1-31-0`. */
  object: string;
  field: string;
  /** Why it is changed: `a node of this machine`, or the overlay's own words. */
  reason: string;
}

/** One part of a rehearsal. */
export interface RehearsalPart {
  /** `cluster`, `images`, `install`, `workloads`, `before`, `upgrade`, `rollback`, `upgrade again`, `finish`, `after`. */
  name: string;
  /** ISO 8601. */
  started: string;
  finished: string;
  result: 'done' | 'failed';
  /** Of a failure. */
  code?: string;
  reason?: string;
}

/** How a rehearsal went. */
export interface Rehearsal {
  result: 'pass' | 'fail' | 'inconclusive';
  /** Why it is not a pass. */
  reasons: string[];
  /** `kind` or `embedded`, and the version of Kubernetes, as a person reads them. */
  cluster: string;
  parts: RehearsalPart[];
  overlay: OverlayChange[];
  /** Every run of an upgrade, in order: the forward one, the rollback, the forward one again, the finish. */
  upgrades: ClusterUpgrade[];
  /** Absent where the traffic was never begun. */
  probe?: ProbeResult;
}
