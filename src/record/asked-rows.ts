import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { numberText } from './probe-rows.ts';
import type { Rows } from './upgrade-rows.ts';

/** What was asked and judged: each target, whose it is, how and how often. */
export function askedRows(asked: Rehearsal['asked']): Rows {
  return {
    headings: ['target', 'of', 'what', 'how', 'a second'],
    rows: asked.map(({ target, of, what = '', how, rate }) => [target, `the ${of}`, what, how, numberText(rate)]),
  };
}

/** What was not asked or not judged, and why. */
export function notAskedRows(notAsked: Rehearsal['notAsked']): Rows {
  return { headings: ['what', 'why'], rows: notAsked.map(({ what, why }) => [what, why]) };
}

/** The team's workloads: what leads to each, and what became of its pods while the change ran. */
export function workloadRows(workloads: Rehearsal['workloads']): Rows {
  return {
    headings: ['workload', 'asked by', 'at the end', 'restarts', 'without a ready pod', 'own requests'],
    rows: workloads.map(({ workload, targets, state, restarts, away, requests }) => [
      workload,
      targets.join(', ') || 'nothing',
      state,
      numberText(restarts),
      away === 0 ? 'never' : durationText(away),
      requests ? `${numberText(requests.failed)} of ${numberText(requests.answered)} failed` : 'not known',
    ]),
  };
}
