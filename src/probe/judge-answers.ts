import type { ProbeThresholds } from '../mesh/probe-policy.ts';
import type { AnswerChange } from '../ports/probe-result.ts';
import type { TargetTally } from './statistics.ts';

/** What is said of one target, check or metric. */
export interface Finding {
  result: 'pass' | 'fail' | 'inconclusive';
  reason: string;
  /** What it has in common with findings of other targets: they are said together. */
  together?: string;
}

/** What proxies say of themselves: another version of them may say it in another way. */
const ofProxies = /^header (?:server|via|x-envoy-.*|x-istio-.*)$/;

/** Where the sample says who answered, and by which way. */
const wayHeader = 'header rehearsal-answered-by';

/** What it means that a target answers as it did not before: a lost header, another status or another way is a loss. */
export function judgeAnswers(
  { changes, requests }: TargetTally,
  { mayLose }: Pick<ProbeThresholds, 'mayLose'>,
): Finding[] {
  if (mayLose === undefined) return [];
  return changes
    .filter(({ what }) => !ofProxies.test(what))
    .map((change) => {
      const allowed = mayLose.some((name) => change.what === `header ${name}`);
      const isLoss = change.kind === 'lost' || change.what === 'status' || change.what === wayHeader;
      return { result: isLoss && !allowed ? 'fail' : 'pass', reason: answerText(change, requests) };
    });
}

/** `ingress: 210 of 634 answers in phase upgrade lack the header x-frame-options (DENY) that every answer had before, the first at …`. */
function answerText(
  { target, phase, what, kind, before, now, answers, first }: AnswerChange,
  requests: number,
): string {
  const some = `${target}: ${answers} of ${requests} answers in phase ${phase}`;
  const since = `the first at ${first}`;
  switch (kind) {
    case 'lost':
      return `${some} lack the ${what}${before === undefined ? '' : ` (${before})`} that every answer had before, ${since}`;
    case 'changed':
      return `${some} have ${what} ${now}, and ${before} before, ${since}`;
    case 'new':
      return `${some} have ${what} (${now}), which none had before, ${since}`;
  }
}
