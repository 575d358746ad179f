import type { HealthPart } from '../../mesh/health-policy.ts';

/** What a look at one part of a cluster's health has come to: healthy where there is no trouble and nothing unknown. */
export interface PartHealth {
  part: HealthPart;
  /** What is wrong, one sentence each. */
  troubles: string[];
  /** What could not be looked at and why, one sentence each. */
  unknown: string[];
}

/** The parts in which something is wrong or unknown, as lines: `webhooks: …`. */
export function linesOf(parts: readonly PartHealth[], kind: 'troubles' | 'unknown'): string[] {
  return parts.flatMap((health) => health[kind].map((text) => `${health.part}: ${text}`));
}
