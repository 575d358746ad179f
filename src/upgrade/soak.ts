import { DeliveryError } from '../errors.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import { refuseUnhealthy } from './refuse-unhealthy.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** How often somebody who waits is told, in milliseconds. */
const tellEvery = 5_000;

/**
 * Leaves the mesh alone for some seconds after the step began to soak, and looks whether it is well then. A soak that
 * is longer than the run's patience ends the run (`Soaking`); resume looks again when it is over.
 */
export async function soak(run: UpgradeRun, { step, seconds }: { step: StepId; seconds: number }): Promise<void> {
  const { context, keeper } = run;
  const { cluster, clock, reporter, signal, timeout } = context;
  if (seconds === 0) return;
  const entry = keeper.journal.steps.find((candidate) => candidate.step === step);
  if (entry && entry.soakUntil === undefined) {
    const until = new Date(clock.now().getTime() + seconds * 1000).toISOString();
    await keeper.write(() => {
      entry.soakUntil = until;
    });
  }
  const until = entry?.soakUntil ?? clock.now().toISOString();
  const left = () => new Date(until).getTime() - clock.now().getTime();
  if (left() > timeout) {
    throw new DeliveryError(`upgrade of cluster ${cluster.name} soaks after ${step} until ${until}`, {
      remedy: 'resume then, it goes on by itself',
      code: 'Soaking',
      kind: 'interrupted',
      retryable: true,
    });
  }
  while (left() > 0) {
    reporter.progress(`${cluster.name} · ${step}: soaks for ${Math.ceil(left() / 1000)} s more`);
    await clock.sleep(Math.min(tellEvery, left()), signal);
  }
  await refuseUnhealthy(run, run.new);
}
