import { exitCodes, interruptedError } from '../../errors.ts';

/** SIGHUP: the terminal goes away, or who started the run logs out. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs with a signal that is aborted when the process is told to stop. An Actions runner sends SIGINT, SIGTERM 7.5 s
 * later, and kills 2.5 s after that, so a run has that long to reach a safe point; a second SIGINT does not wait.
 */
export async function withInterruption<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted && name === 'SIGINT') process.exit(exitCodes.interrupted);
    controller.abort(interruptedError(`Run was interrupted by ${name}; run it again`));
  };
  for (const name of signals) process.on(name, stop);
  try {
    return await run(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
