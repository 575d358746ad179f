import type { HealthPart } from '../mesh/health-policy.ts';

/** Something of the health of an environment that a look at its clusters could not see. */
export interface UnseenPart {
  part: HealthPart;
  /** The cluster and why: `east: Pod objects list failed (Forbidden): …`. */
  reason: string;
}

/** What is known of one environment: read from its record, or seen in its clusters. */
export interface Evidence {
  environment: string;
  source: 'cluster' | 'record';
  /** Digest of the bundle that the environment runs; absent where nothing was promoted or nothing could be read. */
  bundle?: string;
  /** The promotion of that bundle ended, everywhere in the environment. */
  promoted: boolean;
  /** Nothing is known to be unhealthy. */
  healthy: boolean;
  /** When this was so; ISO 8601. */
  at: string;
  /** Why it is not promoted, not healthy or not known, in words. */
  detail?: string;
  /** What could not be seen, of the rest; absent where all could. */
  unseen?: UnseenPart[];
  /** Why nothing could be seen, in words; everything else says nothing then. */
  unknown?: string;
}

/** The best there is on one environment: a look at its clusters before any record, then the newest record. */
export function bestEvidence(evidence: Evidence[], environment: string): Evidence | undefined {
  return evidence
    .filter((candidate) => candidate.environment === environment)
    .sort((left, right) => left.source.localeCompare(right.source) || right.at.localeCompare(left.at))[0];
}
