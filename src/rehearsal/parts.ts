import { DeliveryError, isStop, messageOf, reasonOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { RehearsalPart } from './rehearsal.ts';

/** Runs the parts of a rehearsal, one after the other, and keeps how each one went. */
export interface Parts {
  /** The work's result; its error is noted and thrown on. */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Every part so far. One that is at work has been interrupted: nobody else asks before it has ended. */
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

interface PartsOptions {
  clock: Clock;
  reporter: Reporter;
  /** What breaks once it is aborted was interrupted, and did not fail. */
  signal: AbortSignal;
}

type Outcome = Pick<RehearsalPart, 'result' | 'code' | 'reason'>;

export function rehearsalParts({ clock, reporter, signal }: PartsOptions): Parts {
  const ended: RehearsalPart[] = [];
  let begun: Pick<RehearsalPart, 'name' | 'started'> | undefined;
  const now = () => clock.now().toISOString();
  const interrupted = (): Outcome => ({ result: 'interrupted', code: 'Interrupted', reason: messageOf(signal.reason) });
  return {
    all: () => [...ended, ...(begun ? [{ ...begun, finished: now(), ...interrupted() }] : [])],
    async run(name, work) {
      const part = { name, started: now() };
      begun = part;
      const end = (outcome: Outcome) => {
        begun = undefined;
        ended.push({ ...part, finished: now(), ...outcome });
      };
      try {
        signal.throwIfAborted();
        const value = await reporter.phase(`Rehearsal: ${name}`, work);
        end({ result: 'done' });
        return value;
      } catch (error) {
        const code = error instanceof DeliveryError ? error.code : defectCode;
        end(isStop(error, signal) ? interrupted() : { result: 'failed', code, reason: reasonOf(error) });
        throw error;
      }
    },
  };
}

/** Of a part that ended with a defect of this program. */
export const defectCode = 'Unexpected';
