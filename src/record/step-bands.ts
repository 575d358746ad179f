import type { Journal } from '../upgrade/journal.ts';
import { stepTitle } from '../upgrade/upgrade-progress.ts';
import type { Band } from './plot-frame.ts';

/** The steps that were begun, by their numbers in the table of steps. */
export function stepBands({ steps, failure }: Journal): Band[] {
  return steps.flatMap((entry, index): Band[] => {
    if (entry.started === undefined) return [];
    const failed = failure?.step === entry.step;
    const number = index + 1;
    return [
      {
        number,
        title: `${number} ${stepTitle(entry.step)}: ${entry.status}${failed ? ', failed' : ''}`,
        from: new Date(entry.started),
        ...(entry.finished === undefined ? {} : { to: new Date(entry.finished) }),
        failed,
      },
    ];
  });
}
