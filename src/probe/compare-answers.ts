import type { AnswerChange } from '../ports/probe-result.ts';
import type { Answer } from './answer.ts';
import { type Sample, secondText } from './sample.ts';

/** What all answers of a phase had in common: what varied from one to the next cannot be missed. */
export interface CommonAnswer {
  statuses: ReadonlySet<number>;
  /** Headers of every answer by name; the value where it was the same in all of them. */
  headers: ReadonlyMap<string, string | undefined>;
  /** Names of headers that any answer had. */
  seen: ReadonlySet<string>;
}

export interface AnswerTally {
  add(sample: Sample): void;
  /** Undefined where nothing was answered, or nobody tells of headers. */
  common(): CommonAnswer | undefined;
  /** Against the baseline; none where there is nothing to compare. */
  changes(): Omit<AnswerChange, 'target' | 'phase'>[];
}

/** A server may make up names. */
const mostChanges = 100;

/** In place of a value, where there is more than one. */
const severalValues = 'several values';

/** Collects what the answers to one target have in common, and where they differ from those of the baseline. */
export function tallyAnswers(baseline?: CommonAnswer): AnswerTally {
  const statuses = new Set<number>();
  const seen = new Set<string>();
  const changes = new Map<string, Omit<AnswerChange, 'target' | 'phase'>>();
  let headers: Map<string, string | undefined> | undefined;

  function note(at: number, change: Pick<AnswerChange, 'what' | 'kind' | 'before' | 'now'>): void {
    const key = `${change.kind} ${change.what}`;
    const first = secondText(at);
    const known = changes.get(key);
    if (known === undefined) {
      if (changes.size >= mostChanges) return;
      changes.set(key, { ...change, answers: 1, first });
      return;
    }
    known.answers += 1;
    if (first < known.first) known.first = first;
    if (known.now !== change.now) known.now = severalValues;
  }

  function keepCommon(answer: Answer): void {
    if (headers === undefined) {
      headers = new Map(answer.headers);
      return;
    }
    for (const [name, value] of headers) {
      const now = answer.headers.get(name);
      if (now === undefined) headers.delete(name);
      else if (value !== now) headers.set(name, undefined);
    }
  }

  return {
    add({ at, answer }) {
      if (answer === undefined) return;
      statuses.add(answer.status);
      for (const name of answer.headers.keys()) seen.add(name);
      keepCommon(answer);
      if (baseline) for (const change of differences(baseline, answer)) note(at, change);
    },
    common: () => (headers === undefined ? undefined : { statuses, headers, seen }),
    changes: () => [...changes.values()],
  };
}

/** Where one answer is none that the baseline could have given. */
function* differences(
  { statuses, headers, seen }: CommonAnswer,
  answer: Answer,
): Generator<Pick<AnswerChange, 'what' | 'kind' | 'before' | 'now'>> {
  if (!statuses.has(answer.status)) {
    yield { what: 'status', kind: 'changed', before: [...statuses].join(' or '), now: String(answer.status) };
  }
  for (const [name, before] of headers) {
    const now = answer.headers.get(name);
    const told = before === undefined ? {} : { before };
    if (now === undefined) yield { what: `header ${name}`, kind: 'lost', ...told };
    else if (before !== undefined && before !== now) yield { what: `header ${name}`, kind: 'changed', before, now };
  }
  for (const [name, now] of answer.headers) if (!seen.has(name)) yield { what: `header ${name}`, kind: 'new', now };
}
