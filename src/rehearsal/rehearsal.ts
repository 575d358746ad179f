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

/** A soak of the mesh file that a rehearsal does not wait for, or not for all of it. */
export interface ShortenedSoak {
  /** What is left alone: `group canary`, `the whole mesh`. */
  of: string;
  /** Seconds in the mesh file, and in the rehearsal. */
  seconds: number;
  rehearsed: number;
}

/** One part of a rehearsal. */
export interface RehearsalPart {
  /** `cluster`, `images`, `install`, `workloads`, `before`, `upgrade`, `rollback`, `upgrade again`, `finish`, `after`. */
  name: string;
  /** ISO 8601. */
  started: string;
  finished: string;
  result: 'done' | 'failed' | 'interrupted';
  /** Of a failure, or an interruption. */
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
  soaks: ShortenedSoak[];
  /** Upgrade notes that were taken as read, and that somebody must acknowledge in the environment. */
  notes: { id: string; title: string }[];
  /** Every run of an upgrade, in order: the forward one, the rollback, the forward one again, the finish. */
  upgrades: ClusterUpgrade[];
  /** Absent where the traffic was never begun. */
  probe?: ProbeResult;
}
