import { type Approved, approvedChanges } from '../apply/approved-changes.ts';
import { bringStage } from '../apply/bring-stage.ts';
import { upgradeCures } from '../apply/cures.ts';
import { inParallel } from '../apply/in-parallel.ts';
import type { StoredBundle } from '../apply/stored-bundle.ts';
import { stages } from '../bundle/bundle.ts';
import { readInventory } from '../plan/cluster-state.ts';
import { plannedObjects } from '../plan/plan-cluster.ts';
import { type ObjectPlan, planObject } from '../plan/plan-object.ts';
import { stepOf } from '../plan/step-of.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** Applies the objects of the new bundle that belong to a step, as they were approved, and waits until they are ready. */
export async function applyNew(run: UpgradeRun, step: StepId): Promise<void> {
  const { changes = [], forceConflicts = false } = run.new.approved ?? {};
  await applyObjects(run, await examined(run, { side: run.new, step, forceConflicts }), {
    approved: approvedChanges(changes),
    forceConflicts,
  });
}

/**
 * Applies the objects of the old bundle that belong to a step, whatever was made of them since: to go back must not
 * wait for another plan. Definitions stay: what was made with the new ones would be lost.
 */
export async function applyOld(run: UpgradeRun, step: StepId): Promise<void> {
  const found = await examined(run, { side: run.old, step, forceConflicts: true });
  const changes = found.flatMap(({ outcome }) => (outcome.kind === 'change' ? [outcome.change] : []));
  await applyObjects(
    run,
    found.filter(({ planned }) => planned.stage !== 'crds'),
    { approved: approvedChanges(changes), forceConflicts: true },
  );
}

interface Wanted {
  side: StoredBundle;
  step: StepId;
  forceConflicts: boolean;
}

async function examined({ context }: UpgradeRun, { side, step, forceConflicts }: Wanted): Promise<ObjectPlan[]> {
  const { cluster, namespace, policy, signal } = context;
  const inventory = await readInventory(cluster, namespace);
  const planned = plannedObjects(side.bundle, { moves: true, declared: side.manifest.fields, inventory }).filter(
    ({ stage, object }) => stepOf(stage, object, policy) === step,
  );
  return inParallel(planned, signal, (object) => planObject(cluster, object, { forceConflicts }));
}

async function applyObjects(
  { context }: UpgradeRun,
  found: ObjectPlan[],
  { approved, forceConflicts }: { approved: Approved; forceConflicts: boolean },
): Promise<void> {
  const { cluster, reporter, clock, signal, timeout } = context;
  for (const stage of stages) {
    const objects = found.filter(({ planned }) => planned.stage === stage);
    if (objects.length === 0) continue;
    await bringStage(cluster, objects, {
      stage,
      approved,
      forceConflicts,
      cures: upgradeCures,
      timeout,
      clock,
      reporter,
      signal,
    });
  }
}
