import type { JudgedProbe } from '../../src/probe/judge-probe.ts';
import type { Sample } from '../../src/probe/sample.ts';
import { probeStatistics } from '../../src/probe/statistics.ts';

/** A moment that the tests begin at: milliseconds since 1970, at the beginning of a second. */
export const start = Date.parse('2026-03-01T12:00:00Z');

/** Requests to one target at an even rate, all of which end as `each` says. */
export function samples(
  count: number,
  { from = start, rate = 10, ...each }: Partial<Omit<Sample, 'at'>> & { from?: number; rate?: number } = {},
): Sample[] {
  return Array.from({ length: count }, (_, index) => ({ latency: 5, at: from + (index * 1000) / rate, ...each }));
}

export interface MeasuredPhase {
  name: string;
  seconds: number;
  /** By target, what was sent from the beginning of the phase on. */
  sent: Record<string, (from: number) => Sample[]>;
}

/** What a verdict goes by after these phases, one after the other from `start` on. */
export function judged(phases: readonly MeasuredPhase[], more: Partial<JudgedProbe> = {}): JudgedProbe {
  const targets = [...new Set(phases.flatMap(({ sent }) => Object.keys(sent)))];
  const statistics = probeStatistics(targets);
  let at = start;
  for (const { name, seconds, sent } of phases) {
    statistics.enter(name, at);
    for (const [target, send] of Object.entries(sent)) for (const sample of send(at)) statistics.add(target, sample);
    at += seconds * 1000;
  }
  return {
    sources: targets.map((target) => ({ target, rate: 10 })),
    phases: statistics.phases(at),
    thresholds: { success: 100, minimum: 50 },
    metrics: [],
    checks: [],
    ...more,
  };
}
