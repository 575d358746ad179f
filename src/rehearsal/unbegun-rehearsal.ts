import type { Parts } from './parts.ts';
import type { RehearsalPlan } from './prepare-rehearsal.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearsalResult } from './rehearsal-result.ts';

/** What is known of a rehearsal that has no cluster yet. */
export function unbegunRehearsal(plan: RehearsalPlan, parts: Parts): Rehearsal {
  const { differences, overlay, soaks, notes } = plan;
  const outcome = { parts: parts.all(), upgrades: [] };
  return {
    ...rehearsalResult(outcome),
    ...outcome,
    cluster: 'none',
    differences,
    overlay,
    soaks,
    notes,
    asked: [],
    notAsked: [],
    workloads: [],
    namespaces: [],
    standIns: [],
    notReproduced: [],
  };
}
