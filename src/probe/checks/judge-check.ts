import type { CheckAnswer } from '../../ports/probe-result.ts';
import { baselinePhase } from '../baseline-phase.ts';
import type { CheckLook, Trouble } from './check-look.ts';

export interface CheckFacts {
  phase: string;
  look: CheckLook;
  /** The look before the change. */
  before?: CheckLook;
}

/** Troubles that an answer names; the others are counted. */
const mostNamed = 10;

/** What a look means: a trouble is one of the change only where its subject was in none before. */
export function judgeCheck(name: string, { phase, look, before }: CheckFacts): CheckAnswer {
  const answer = { name, phase };
  if (look.kind === 'unseen') return { ...answer, result: 'inconclusive', facts: look.reason, unseen: true };
  const { facts, troubles } = look;
  if (troubles.length === 0) return { ...answer, result: 'pass', facts };
  if (phase === baselinePhase) {
    return { ...answer, result: 'inconclusive', facts: `${listed(troubles)}: it is so before anything is changed` };
  }
  const known = new Set(before?.kind === 'seen' ? before.troubles.map(({ subject }) => subject) : []);
  const fresh = troubles.filter(({ subject }) => !known.has(subject));
  if (fresh.length > 0) return { ...answer, result: 'fail', facts: listed(fresh) };
  return { ...answer, result: 'pass', facts: `${facts}; as before the change: ${listed(troubles)}` };
}

function listed(troubles: readonly Trouble[]): string {
  const named = troubles.slice(0, mostNamed).map(({ subject, reason }) => `${subject} ${reason}`);
  const more = troubles.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
