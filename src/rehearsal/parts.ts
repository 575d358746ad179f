import { DeliveryError, reasonOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { RehearsalPart } from './rehearsal.ts';

/** Runs the parts of a rehearsal, one after the other, and keeps how each one went. */
export interface Parts {
  /** The work's result; its error is noted and thrown on. */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  all(): RehearsalPart[];
}

/** The same parts, whose errors are replaced by what stands behind them. */
export function explainedParts(parts: Parts, explain: (error: unknown) => Promise<unknown>): Parts {
  return {
    all: parts.all,
    run: (name, work) =>
      parts.run(name, async () => {
        try {
          return await work();
        } catch (error) {
          throw await explain(error);
        }
      }),
  };
}

export function rehearsalParts({ clock, reporter }: { clock: Clock; reporter: Reporter }): Parts {
  const parts: RehearsalPart[] = [];
  return {
    all: () => [...parts],
    async run(name, work) {
      const started = clock.now().toISOString();
      const end = (outcome: Pick<RehearsalPart, 'result' | 'code' | 'reason'>) =>
        parts.push({ name, started, finished: clock.now().toISOString(), ...outcome });
      try {
        const value = await reporter.phase(`Rehearsal: ${name}`, work);
        end({ result: 'done' });
        return value;
      } catch (error) {
        const code = error instanceof DeliveryError ? error.code : 'Unexpected';
        end({ result: 'failed', code, reason: reasonOf(error) });
        throw error;
      }
    },
  };
}
