import type { StepEntry } from '../plan/open-upgrade.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import { carryOutStep } from './carry-out-step.ts';
import { closeJournal } from './close-journal.ts';
import { stopForPause } from './move-group.ts';
import { refuseUnhealthy } from './refuse-unhealthy.ts';
import { refuseInUse } from './retirement/retire.ts';
import { retirementOf } from './retirement/retirement-of.ts';
import { undoStep } from './undo-step.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** Carries out what is left of the steps before the retirement, or up to one of them. */
export async function goForward(run: UpgradeRun, until?: StepId): Promise<void> {
  const { steps } = run.keeper.journal;
  for (const entry of steps) {
    if (entry.step === 'retire' && entry.status === 'pending') break;
    if (entry.status !== 'done') await carryOut(run, entry);
    if (entry.step === until) break;
  }
  await run.keeper.write(() => undefined);
  if (steps.every(({ status }) => status === 'done')) await closeJournal(run, 'finished');
}

/** Retires the old revision; whoever calls has seen that everything else is done. */
export async function finishUpgrade(run: UpgradeRun): Promise<void> {
  const { journal } = run.keeper;
  const retire = journal.steps.find(({ step }) => step === 'retire');
  // What is refused has not begun: it can still be rolled back.
  if (retire?.status === 'pending') await refuseInUse(run.context, retirementOf(run));
  if (retire && retire.status !== 'done') await carryOut(run, retire);
  await closeJournal(run, 'finished');
}

/** Takes every step back, the last one first, and looks whether the mesh is as well as it was; not once it is being retired. */
export async function goBack(run: UpgradeRun): Promise<void> {
  const { keeper, context } = run;
  const { journal } = keeper;
  for (const entry of journal.steps.toReversed()) {
    if (entry.status === 'pending' || entry.status === 'undone') continue;
    context.signal.throwIfAborted();
    await context.cluster.hold.refuseLost();
    await stopForPause(run);
    await context.traffic?.begin();
    await keeper.write((open) => {
      open.direction = 'back';
      entry.status = 'undoing';
      delete open.failure;
    });
    await context.reporter.phase(`${context.cluster.name}: undo ${entry.step}`, () => undoStep(run, entry.step));
    await look(run, () => {
      entry.status = 'undone';
    });
  }
  await refuseUnhealthy(run, run.old);
  await context.traffic?.check('the rollback');
  await closeJournal(run, 'rolled back');
}

async function carryOut(run: UpgradeRun, entry: StepEntry): Promise<void> {
  const { context, keeper } = run;
  const { clock, cluster, reporter } = context;
  context.signal.throwIfAborted();
  await cluster.hold.refuseLost();
  await stopForPause(run);
  // The baseline is that of a mesh which this run has not touched.
  await context.traffic?.begin();
  await keeper.write((journal) => {
    entry.status = 'running';
    entry.started ??= clock.now().toISOString();
    delete journal.failure;
  });
  await reporter.phase(`${cluster.name}: ${entry.step}`, async () => {
    await carryOutStep(run, entry.step);
    if (isForTraffic(run, entry.step)) await context.traffic?.check(entry.step);
  });
  await look(run, () => {
    entry.status = 'done';
    entry.finished = clock.now().toISOString();
  });
}

/** Steps that no request comes through: what they bring serves nobody yet. */
const aside: readonly StepId[] = ['preflight', 'base', 'control-plane', 'gateways'];

/** Whether the traffic must be well after a step before the next one begins. */
function isForTraffic({ context }: UpgradeRun, step: StepId): boolean {
  return step === 'soak' ? context.policy.soak > 0 : !aside.includes(step);
}

/** Notes what has changed with the numbers of proxies at this moment. */
async function look({ keeper, census, context }: UpgradeRun, change: () => void): Promise<void> {
  await census.look();
  keeper.note(({ timeline }) => {
    change();
    timeline.push({ at: context.clock.now().toISOString(), proxies: census.counts() });
  });
}
