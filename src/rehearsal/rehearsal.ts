import type { ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import type { StandIn } from './copies/named-secrets.ts';
import type { NotReproduced } from './copies/reproduction.ts';
import type { RehearsedNamespace } from './rehearsed-namespaces.ts';

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

/** One object in which the two bundles differ, or their policy. */
export interface BundleChange {
  /** As a person reads it: `EnvoyFilter istio-config/headers`; `policy`. */
  object: string;
  change: 'added' | 'removed' | 'changed';
  /** Of a change, what differs: `.spec.replicas: 2 → 3`. */
  fields: string[];
}

/** One target that was asked and judged. */
export interface AskedTarget {
  target: string;
  of: 'sample' | 'mesh file' | 'team';
  /** What of the team's: `Service shop/storefront port http`. */
  what?: string;
  /** In words: `GET http://storefront.shop.svc.cluster.local:8080/ready, from inside the mesh`. */
  how: string;
  /** Requests a second. */
  rate: number;
  /** Workloads of the team that answer it: `Deployment shop/storefront`. */
  workloads: string[];
}

/** Something that was not asked, or whose answers could not be judged, and why. */
export interface NotAsked {
  what: string;
  why: string;
}

/** What became of one workload of the team while the change ran. */
export interface WorkloadOutcome {
  /** `Deployment shop/storefront`. */
  workload: string;
  /** Names of the targets that lead to it. */
  targets: string[];
  /** When everything was done: `ready`, or what is missing. */
  state: string;
  /** Of its containers, during the change. */
  restarts: number;
  /** Milliseconds without any ready pod, during the change. */
  away: number;
  /** Those that it sent itself during the change, by its sidecars; absent where they told nothing. */
  requests?: { answered: number; failed: number };
  /** What is wrong with it, a sentence each. */
  findings: string[];
}

/** One part of a rehearsal. */
export interface RehearsalPart {
  /** `cluster`, `images`, `prerequisites`, `install`, `workloads`, `before`, `upgrade`, `rollback`, `upgrade again`, `finish`, `after`. */
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
  /** In what the two bundles differ, revision apart; nothing of a first install. */
  differences: BundleChange[];
  overlay: OverlayChange[];
  soaks: ShortenedSoak[];
  /** Upgrade notes that were taken as read, and that somebody must acknowledge in the environment. */
  notes: { id: string; title: string }[];
  /** Namespaces that it made for the bundle and the team's manifests, and where their labels are from. */
  namespaces: RehearsedNamespace[];
  /** Secrets of the environment that certificates of its own stand in for. */
  standIns: StandIn[];
  /** What the environment has and the rehearsal has not. */
  notReproduced: NotReproduced[];
  /** Every run of an upgrade, in order: the forward one, the rollback, the forward one again, the finish. */
  upgrades: ClusterUpgrade[];
  asked: AskedTarget[];
  notAsked: NotAsked[];
  workloads: WorkloadOutcome[];
  /** Absent where the traffic was never begun. */
  probe?: ProbeResult;
}
