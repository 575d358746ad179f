import { readTextFile } from '../adapters/files/text-files.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { planClusters, type UnplannedCluster } from '../plan/plan-environment.ts';
import type { EnvironmentFacts } from './environment-inputs.ts';

/** The plan that is given, or one that is made here and now: what cannot be planned is its cluster's own outcome then. */
export async function planToCarryOut(
  path: string | undefined,
  { bundle, environment, connect }: EnvironmentFacts,
): Promise<{ plan: Plan; unplanned: readonly UnplannedCluster[] }> {
  if (path !== undefined) return { plan: parsePlan(await readTextFile(path, 'plan'), path), unplanned: [] };
  return planClusters({ bundle, environment, connect, forceConflicts: false });
}
