import type { MetricQuery } from '../mesh/probe-policy.ts';
import type { MetricAnswer } from '../ports/probe-result.ts';
import { baselinePhase } from './baseline-phase.ts';

export interface MetricFacts {
  phase: string;
  /** The value of every element of the answer, or why there is no answer. */
  values: readonly number[] | { silent: string };
  /** What was answered before the change. */
  before?: MetricAnswer;
}

/** Whether every element of an answer lies within its bounds. */
export function judgeMetric({ name, query, min, max }: MetricQuery, facts: MetricFacts): MetricAnswer {
  const { phase, values, before } = facts;
  const answer = { name, phase };
  const unknown = (reason: string): MetricAnswer => ({ ...answer, result: 'inconclusive', reason });
  if (!Array.isArray(values)) return unknown(`${name}: Prometheus is silent in phase ${phase}: ${silence(values)}`);
  if (values.length === 0) return unknown(`${name}: Prometheus has nothing for ${query} in phase ${phase}`);
  if (values.some(Number.isNaN)) return unknown(`${name}: Prometheus answers NaN for ${query} in phase ${phase}`);
  const outside = (value: number) =>
    Math.max(min === undefined ? -Infinity : min - value, max === undefined ? -Infinity : value - max);
  const value = values.reduce((worst, each) => (outside(each) > outside(worst) ? each : worst));
  const measured = Number.isFinite(value) ? { ...answer, value } : answer;
  if (outside(value) <= 0) return { ...measured, result: 'pass' };
  const reason = `${name}: ${value} is ${max !== undefined && value > max ? `above ${max}` : `below ${min}`} in phase ${phase}`;
  if (phase === baselinePhase) {
    return { ...measured, result: 'inconclusive', reason: `${reason}: it is so before anything is changed` };
  }
  if (before?.result === 'inconclusive' && before.value !== undefined) {
    return { ...measured, result: 'inconclusive', reason: `${reason}; it was ${before.value} before the change` };
  }
  return { ...measured, result: 'fail', reason };
}

function silence(values: MetricFacts['values']): string {
  return 'silent' in values ? values.silent : '';
}

const badness = { pass: 0, inconclusive: 1, fail: 2 } as const;

/** Of two answers of one phase the one that says more against it; the later one of equals. */
export function worseAnswer<Answer extends Pick<MetricAnswer, 'result'>>(
  earlier: Answer | undefined,
  later: Answer,
): Answer {
  return earlier !== undefined && badness[earlier.result] > badness[later.result] ? earlier : later;
}
