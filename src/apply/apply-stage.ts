import type { Stage } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { Change } from '../plan/plan.ts';
import { type ObjectPlan, type PlanObjectOptions, planObject, withVersionOf } from '../plan/plan-object.ts';
import type { Clock } from '../ports/clock.ts';
import type { ApplyResult, Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import { type Approved, movedReason, planMoved } from './approved-changes.ts';
import { type Cures, promotionCures } from './cures.ts';
import { inParallel } from './in-parallel.ts';

export interface ApplyStageOptions extends PlanObjectOptions {
  stage: Stage;
  approved: Approved;
  clock: Clock;
  signal: AbortSignal;
  /** Those of a promotion where nothing is said. */
  cures?: Cures;
  onApplied: (done: number, total: number) => void;
}

export interface AppliedStage {
  /** Every object of the stage as it is now. */
  objects: KubernetesObject[];
  created: number;
  updated: number;
  unchanged: number;
}

/**
 * Carries out the changes of one stage, several at a time. What could not be validated when it was planned is
 * dry-run first, all of it, so that an invalid object stops the stage before its first write.
 */
export async function applyStage(
  cluster: Cluster,
  examined: ObjectPlan[],
  options: ApplyStageOptions,
): Promise<AppliedStage> {
  const current = await inParallel(examined, options.signal, (found) => revalidated(cluster, found, options));
  refuseInvalid(cluster, current, options);

  let done = 0;
  const total = current.filter(({ outcome }) => outcome.kind === 'change').length;
  const objects = await inParallel(current, options.signal, async (found) => {
    if (found.outcome.kind !== 'change') return found.live ?? found.form;
    const applied = await applyObject(cluster, found, options);
    done += 1;
    options.onApplied(done, total);
    return applied;
  });
  const actions = current.map(({ outcome }) => (outcome.kind === 'change' ? outcome.change.action : 'none'));
  const count = (action: Change['action'] | 'none') => actions.filter((candidate) => candidate === action).length;
  return { objects, created: count('create'), updated: count('update'), unchanged: count('none') };
}

/** What an object stands on was made in a stage before; each API server of a cluster hears of it within seconds. */
const heardOf = { within: 30_000, askEvery: 500 };

async function revalidated(cluster: Cluster, found: ObjectPlan, options: ApplyStageOptions): Promise<ObjectPlan> {
  const { clock, signal } = options;
  const giveUp = clock.now().getTime() + heardOf.within;
  let current = found;
  while (isUnvalidated(current)) {
    current = await planObject(cluster, found.planned, options);
    if (!isUnvalidated(current) || clock.now().getTime() >= giveUp) return current;
    await clock.sleep(heardOf.askEvery, signal);
  }
  return current;
}

function isUnvalidated({ outcome }: ObjectPlan): boolean {
  return outcome.kind === 'change' && outcome.change.action === 'create' && !outcome.change.validated;
}

function refuseInvalid(cluster: Cluster, current: ObjectPlan[], options: ApplyStageOptions): void {
  const { stage, approved, cures = promotionCures } = options;
  const invalid = current.flatMap(({ outcome }) =>
    outcome.kind === 'problem' && outcome.problem.kind === 'invalid'
      ? [`${formatObjectId(outcome.problem.id)}: ${outcome.problem.reason}`]
      : [],
  );
  if (invalid.length > 0) {
    throw new DeliveryError(`stage ${stage} of cluster ${cluster.name} was not begun: ${invalid.join('; ')}`, {
      remedy: cures.refused,
      code: 'StageInvalid',
    });
  }
  const moved = current.flatMap((found) => movedReason(approved, found) ?? []);
  if (moved.length > 0) throw planMoved(cluster.name, moved, cures.moved);
}

/** How often an object may change under our hands before that is an error. */
const attempts = 5;

async function applyObject(
  cluster: Cluster,
  examined: ObjectPlan,
  options: ApplyStageOptions,
): Promise<KubernetesObject> {
  const { cures = promotionCures } = options;
  let found = examined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const moved = movedReason(options.approved, found);
    if (moved !== undefined) throw planMoved(cluster.name, [moved], cures.moved);
    if (found.outcome.kind !== 'change') return found.live ?? found.form;
    const { change } = found.outcome;
    const result = await cluster.apply(withVersionOf(found.form, found.live), {
      fieldManager: found.fieldManager,
      dryRun: false,
      force: change.action === 'update' && change.taken.length > 0,
    });
    if (result.kind === 'applied') return result.object;
    if (result.kind !== 'changed') throw applyFailed(cluster, found, { result, cures });
    options.signal.throwIfAborted();
    // Its controller wrote to it since it was examined: only what is still as planned may be applied.
    found = await planObject(cluster, examined.planned, options);
  }
  throw new DeliveryError(
    `${formatObjectId(objectId(examined.form))} of cluster ${cluster.name} apply failed (Conflict): it changed ${attempts} times while it was being applied`,
    { remedy: `find who writes to it, then ${cures.goOn}`, code: 'Conflict', retryable: true },
  );
}

function applyFailed(
  cluster: Cluster,
  { form }: ObjectPlan,
  { result, cures }: { result: Exclude<ApplyResult, { kind: 'applied' | 'changed' }>; cures: Cures },
): DeliveryError {
  const subject = `${formatObjectId(objectId(form))} of cluster ${cluster.name} apply failed`;
  switch (result.kind) {
    case 'conflict': {
      const owners = result.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ');
      return new DeliveryError(`${subject} (FieldManagerConflict): ${owners}`, {
        remedy: 'plan again: the plan lists the ways out',
        code: 'FieldManagerConflict',
        kind: 'refused',
      });
    }
    case 'absent':
      return new DeliveryError(`${subject} (NotFound): its ${result.missing} does not exist`, {
        remedy: 'plan again',
        code: 'NotFound',
      });
    case 'invalid':
      return new DeliveryError(`${subject} (Invalid): ${result.reason}`, { remedy: cures.refused, code: 'Invalid' });
  }
}
