import type { ProbeResult, ProbeVerdict } from '../../src/ports/probe-result.ts';

/** What a probe tells that has measured nothing. */
export function nothingMeasured(verdict: ProbeVerdict): ProbeResult {
  return { verdict, thresholds: [], phases: [], seconds: {}, failures: [], answers: [], metrics: [], checks: [] };
}
