import { messageOf } from '../errors.ts';
import type { MetricQuery } from '../mesh/probe-policy.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { MetricAnswer } from '../ports/probe-result.ts';
import { baselinePhase } from './baseline-phase.ts';
import { judgeMetric, worseAnswer } from './judge-metrics.ts';

/** The questions of a probe, and the worst answer to each in each phase. */
export interface AskedMetrics {
  ask(phase: string): Promise<void>;
  answers(): MetricAnswer[];
}

/** Asks every question at once; silence is an answer too. */
export function askMetrics(queries: readonly MetricQuery[], metrics: Metrics | undefined): AskedMetrics {
  const answers = new Map<string, MetricAnswer>();
  const keyOf = (name: string, phase: string) => `${phase}\n${name}`;
  return {
    async ask(phase) {
      await Promise.all(
        queries.map(async (query) => {
          const values = await valuesOf(query, metrics);
          const before = answers.get(keyOf(query.name, baselinePhase));
          const answer = judgeMetric(query, { phase, values, ...(before ? { before } : {}) });
          const key = keyOf(query.name, phase);
          answers.set(key, worseAnswer(answers.get(key), answer));
        }),
      );
    },
    answers: () => [...answers.values()],
  };
}

async function valuesOf({ query }: MetricQuery, metrics: Metrics | undefined): Promise<number[] | { silent: string }> {
  if (metrics === undefined) return { silent: 'nobody was given to ask' };
  try {
    return await metrics.query(query);
  } catch (error) {
    return { silent: messageOf(error) };
  }
}
