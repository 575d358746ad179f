import { parseSample } from './parse-sample.ts';
import { endOf, type Sample } from './sample.ts';

/** Tells samples from what was read before: a log starts anew each time that it is opened. */
export interface FreshLines {
  /** The sample of the line, or undefined where it is none, or was taken before. */
  take(line: string): Sample | undefined;
  /** Lines that are no samples: how many, and the first of them, which say what went wrong. */
  strange(): { count: number; first: string[] };
}

/** Requests end in another order than their lines are printed, by no more than this: milliseconds. */
const disorder = 60_000;
const keptStrange = 5;

/**
 * Remembers the samples of the last minute word by word; what ended before that was taken when it came. So nothing is
 * counted twice, also where a node has thrown away the beginning of a long log.
 */
export function freshLines(): FreshLines {
  const recent = new Map<string, number>();
  const strange = new Set<string>();
  let strangeCount = 0;
  let last = 0;

  function forget(): void {
    for (const [line, end] of recent) {
      if (end >= last - disorder) return;
      recent.delete(line);
    }
  }

  return {
    take(line) {
      const sample = parseSample(line);
      if (sample === undefined) {
        if (line.trim() === '' || strange.has(line)) return undefined;
        strangeCount += 1;
        if (strange.size < keptStrange) strange.add(line);
        return undefined;
      }
      const end = endOf(sample);
      if (end < last - disorder || recent.has(line)) return undefined;
      recent.set(line, end);
      last = Math.max(last, end);
      forget();
      return sample;
    },
    strange: () => ({ count: strangeCount, first: [...strange] }),
  };
}
