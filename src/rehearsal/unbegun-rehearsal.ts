import { DeliveryError } from '../errors.ts';
import { isOfTheGround } from './failure-cause.ts';
import type { Parts } from './parts.ts';
import type { RehearsalPlan } from './prepare-rehearsal.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearsalResult } from './rehearsal-result.ts';

/** How a rehearsal ended that has got no cluster; undefined for an error that is none of its parts'. */
export function unbegunRehearsal(
  error: unknown,
  { plan, parts }: { plan: RehearsalPlan; parts: Parts },
): Rehearsal | undefined {
  if (!(error instanceof DeliveryError) || error.kind !== 'failed') return undefined;
  const done = parts.all();
  if (!done.some(isOfTheGround)) return undefined;
  const outcome = { parts: done, upgrades: [] };
  return {
    ...rehearsalResult(outcome),
    ...outcome,
    cluster: 'none',
    differences: plan.differences,
    overlay: plan.overlay,
    soaks: plan.soaks,
    notes: plan.notes,
    asked: [],
    notAsked: [],
    workloads: [],
    namespaces: [],
    standIns: [],
    notReproduced: [],
  };
}
