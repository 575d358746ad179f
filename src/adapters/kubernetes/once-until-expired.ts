import { untilAborted } from '../toolchain/until-aborted.ts';

/** What was asked for, and until when it may be used; for good where nothing is said. */
interface Asked<T> {
  config: T;
  expires?: Date | undefined;
}

/** Asks once for all who ask at the same time, and again when the answer has expired or there was none. */
export function onceUntilExpired<T>(
  ask: (signal: AbortSignal) => Promise<Asked<T>>,
): (signal: AbortSignal) => Promise<T> {
  let asked: Asked<T> | undefined;
  let under: { signal: AbortSignal; answer: Promise<Asked<T>> } | undefined;
  return async (signal) => {
    while (asked === undefined || (asked.expires !== undefined && asked.expires.getTime() <= Date.now())) {
      under ??= { signal, answer: ask(signal) };
      const { signal: first, answer } = under;
      try {
        asked = await untilAborted(answer, signal);
        under = undefined;
        break;
      } catch (error) {
        if (under?.answer === answer && !isOnlyMine(signal, first)) under = undefined;
        // The one who asked has gone: that is no answer to the others.
        if (!first.aborted || signal.aborted || first === signal) throw error;
      }
    }
    return asked.config;
  };
}

/** Whether it is not the asking that has ended but the wait of one who did not begin it. */
function isOnlyMine(signal: AbortSignal, first: AbortSignal): boolean {
  return signal.aborted && !first.aborted;
}
