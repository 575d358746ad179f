import { DeliveryError } from '../errors.ts';
import type { Parts } from '../rehearsal/parts.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { JobResult } from './job.ts';

export interface LeavingRehearsal<O extends string> {
  parts: Parts;
  signal: AbortSignal;
  /** How far it came. */
  soFar: () => Rehearsal;
  /** Writes the files of a rehearsal; what is there already is replaced. */
  leave: (rehearsal: Rehearsal) => Promise<JobResult<O>>;
  /** Rehearses. What was made for it is taken away last: once it knows how it went, it hands that on. */
  run: (ended: (rehearsal: Rehearsal) => Promise<void>) => Promise<void>;
}

/**
 * Has a rehearsal leave its files however it ends. One that is told to stop leaves them at once, as far as it came: it
 * may be killed before it has reached its end, where they are written once more. Throws what says nothing about the
 * rehearsal: a refusal of what was given, a defect, a cluster that cannot be deleted.
 */
export async function leaveRehearsal<O extends string>(options: LeavingRehearsal<O>): Promise<JobResult<O>> {
  const { parts, signal, soFar, leave, run } = options;
  let left: JobResult<O> | undefined;
  let writing = Promise.resolve();
  // One after the other, so that the last word is the one that stands.
  const write = (rehearsal: Rehearsal) => {
    writing = writing.then(async () => {
      left = await leave(rehearsal);
    });
    return writing;
  };
  const onStop = () => {
    if (left === undefined && parts.all().length > 0) write(soFar()).catch(() => undefined);
  };
  signal.addEventListener('abort', onStop, { once: true });
  let hasEnded = false;
  try {
    await run(async (rehearsal) => {
      hasEnded = true;
      await write(rehearsal);
    });
  } catch (error) {
    const isRefused = error instanceof DeliveryError && (error.kind === 'usage' || error.kind === 'refused');
    const isOver = !hasEnded && !isRefused && parts.all().some(({ result }) => result !== 'done');
    if (isOver) await write(soFar());
    if (!isOver || !(error instanceof DeliveryError || signal.aborted)) throw error;
  } finally {
    signal.removeEventListener('abort', onStop);
  }
  if (left === undefined) throw new Error('a rehearsal ended without saying how');
  return left;
}
