import { interruptedError, isStop } from '../errors.ts';

/** Runs what comes before the first write of `what`; where it is interrupted, the error says that nothing was written. */
export async function beforeWriting<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    // What was cut off may have been taken for an answer.
    signal.throwIfAborted();
    return result;
  } catch (error) {
    if (!isStop(error, signal)) throw error;
    throw interruptedError(`${what} was interrupted, nothing was written; run it again`, error);
  }
}
