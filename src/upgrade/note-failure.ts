import { DeliveryError, interruptedError, isStop } from '../errors.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** The journal says why nothing goes on, where the cluster can still be told. */
export async function noteFailure({ context, keeper }: UpgradeRun, thrown: unknown): Promise<void> {
  const { signal, clock } = context;
  const isStopped = isStop(thrown, signal);
  const error = isStopped ? interruptedError('the run was interrupted; resume goes on') : thrown;
  if (!(error instanceof DeliveryError) || isLost(thrown) || isLost(signal.reason)) return;
  const { journal } = keeper;
  // Each step that is begun takes the failure of before away: with it, this run has done nothing to speak of.
  if (isStopped && journal.failure) return;
  const step = journal.steps.find(({ status }) => status === 'running' || status === 'undoing')?.step;
  if (step === undefined) return;
  const { code } = error;
  const reason = context.reasonOf?.(error) ?? error.message;
  const at = clock.now().toISOString();
  await keeper
    .write((open) => {
      open.failure = { step, code, reason, at };
    })
    .catch(() => undefined);
}

/** Whoever has lost the lock, or the cluster, writes nothing more. */
function isLost(thrown: unknown): boolean {
  return thrown instanceof DeliveryError && (thrown.code === 'LockLost' || thrown.code === 'ClusterLost');
}
