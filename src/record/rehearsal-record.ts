import type { BundleManifest } from '../bundle/bundle.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { Origin } from './record.ts';
import type { UpgradeEnd } from './upgrade-record.ts';

/** The document that a rehearsal leaves behind. */
export interface RehearsalRecord extends Rehearsal {
  apiVersion: 'istio-delivery/v1';
  kind: 'Rehearsal';
  mesh: string;
  environment: string;
  /** Absent where a first install was rehearsed. */
  from?: UpgradeEnd;
  to: UpgradeEnd;
  origin: Origin;
  /** ISO 8601. */
  started: string;
  finished: string;
}

export interface RehearsalFacts {
  from?: BundleManifest;
  to: BundleManifest;
  environment: string;
  origin: Origin;
  started: Date;
  finished: Date;
}

export function rehearsalRecordOf(rehearsal: Rehearsal, facts: RehearsalFacts): RehearsalRecord {
  const { from, to, environment, origin, started, finished } = facts;
  return {
    apiVersion: 'istio-delivery/v1',
    kind: 'Rehearsal',
    mesh: to.mesh,
    environment,
    ...(from ? { from: { bundle: from.digest, istio: from.istio } } : {}),
    to: { bundle: to.digest, istio: to.istio },
    origin,
    started: started.toISOString(),
    finished: finished.toISOString(),
    ...rehearsal,
  };
}
