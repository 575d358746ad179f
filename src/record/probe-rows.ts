import type {
  AnswerChange,
  CheckAnswer,
  FailedRequests,
  FailureWitness,
  MetricAnswer,
  ProbePhase,
  ProbeResult,
  TargetMeasurement,
  TargetThresholds,
} from '../ports/probe-result.ts';
import { baselinePhase } from '../probe/baseline-phase.ts';
import { tailNoise } from '../probe/judge-latency.ts';
import { passedOn } from '../rehearsal/access-log/name-witnesses.ts';
import { type Rows, timeText } from './upgrade-rows.ts';

/** Each target in each phase, the phases of a target under each other. */
export function measurementRows(phases: readonly ProbePhase[]): Rows {
  return {
    headings: ['target', 'phase', 'requests', 'failed', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'],
    rows: targetsOf(phases).flatMap((target) =>
      phases.flatMap((phase) => {
        const measured = measurementOf(phase, target);
        return measured === undefined ? [] : [[target, phase.name, ...numbersOf(measured)]];
      }),
    ),
  };
}

function numbersOf({ requests, failed, p50, p90, p99, max }: TargetMeasurement): string[] {
  const latencies = requests === 0 ? ['–', '–', '–', '–'] : [p50, p90, p99, max].map(millisecondsText);
  return [numberText(requests), numberText(failed), ...latencies];
}

/** Every target of any phase, in the order in which they are first met. */
export function targetsOf(phases: readonly ProbePhase[]): string[] {
  return [...new Set(phases.flatMap(({ targets }) => targets.map(({ target }) => target)))];
}

export function measurementOf({ targets }: ProbePhase, target: string): TargetMeasurement | undefined {
  return targets.find((measured) => measured.target === target);
}

/** By what each target is judged, and what of it is not; targets that are judged alike together. */
export function thresholdRows(thresholds: readonly TargetThresholds[]): Rows {
  const alike = Map.groupBy(thresholds, ({ target: _target, ...each }) => JSON.stringify(each));
  return {
    headings: ['judged', 'success', 'median', '99th percentile', 'answers', 'requests a phase'],
    rows: [...alike.values()].flatMap((those) => {
      const [first] = those;
      if (first === undefined) return [];
      const { success, p99, slowdown, medianSlowdown, noise = 0, mayLose, minimum } = first;
      const most = p99 === undefined ? [] : [`at most ${millisecondsText(p99)} ms`];
      return [
        [
          those.map(({ target }) => target).join(', '),
          `${success} %`,
          riseText(medianSlowdown, noise).join('') || notJudged,
          [...most, ...riseText(slowdown, noise * tailNoise)].join('; ') || notJudged,
          answersText(mayLose),
          `at least ${numberText(minimum)}`,
        ],
      ];
    }),
  };
}

const notJudged = 'not judged';

function answersText(mayLose: readonly string[] | undefined): string {
  if (mayLose === undefined) return notJudged;
  return ['status and headers as before', ...(mayLose.length > 0 ? [`but for ${mayLose.join(', ')}`] : [])].join(', ');
}

function riseText(times: number | undefined, more: number): string[] {
  if (times === undefined) return [];
  return [`at most ${times} times that of before${more > 0 ? `, or ${numberText(more)} ms more` : ''}`];
}

/** When requests failed, of which target, why, and which proxy said so, where its log was read. */
export function failureRows(failures: readonly FailedRequests[]): Rows {
  const isSaid = failures.some(({ said }) => said !== undefined);
  const rows = failures.map(({ at, target, reason, count, said }) => [
    timeText(at),
    target,
    reason,
    numberText(count),
    ...(isSaid ? [said?.kind === 'proxy' ? said.flags : '', said ? witnessText(said) : ''] : []),
  ]);
  return { headings: ['second', 'target', 'reason', 'requests', ...(isSaid ? ['flags', 'said by'] : [])], rows };
}

/** `gateway istio-gateways/ingress-1-31-0-abc: 503 UF upstream_reset_before_response_started`. */
export function witnessText(said: FailureWitness): string {
  switch (said.kind) {
    case 'unread':
      return 'the mesh has an access log format of its own, which is not read';
    case 'nobody':
      return 'no proxy logged it: its client lost the connection, or never got one';
    case 'proxy': {
      const { proxy, role, status, flags, details } = said;
      const passed = details === passedOn ? ' (what stands behind it answered so)' : '';
      return `${role} ${proxy}: ${status} ${flags} ${details}${passed}`;
    }
  }
}

/** Where answers are not those of before. */
export function answerRows(answers: readonly AnswerChange[]): Rows {
  return {
    headings: ['target', 'phase', 'what', 'before', 'now', 'answers', 'first'],
    rows: answers.map(({ target, phase, what, kind, before, now, answers: some, first }) => [
      target,
      phase,
      what,
      before ?? (kind === 'new' ? 'none' : 'varied'),
      now ?? 'none',
      numberText(some),
      timeText(first),
    ]),
  };
}

/** What Prometheus answered. */
export function metricRows(metrics: readonly MetricAnswer[]): Rows {
  return {
    headings: ['query', 'phase', 'answer', 'result', 'why'],
    rows: metrics.map(({ name, phase, value, result, reason = '' }) => [
      name,
      phase,
      value === undefined ? 'none' : String(value),
      result,
      reason,
    ]),
  };
}

/** What was looked at beside the requests. */
export function checkRows(checks: readonly CheckAnswer[]): Rows {
  return {
    headings: ['check', 'phase', 'result', 'facts'],
    rows: checks.map(({ name, phase, result, facts }) => [name, phase, result, facts]),
  };
}

/** What the verdict goes by: `0 of 54,321 requests failed`. */
export function requestsText({ phases }: ProbeResult): string {
  const all = phases.flatMap(({ targets }) => targets);
  const requests = sumOf(all, 'requests');
  return requests === 0
    ? 'no request was measured'
    : `${numberText(sumOf(all, 'failed'))} of ${numberText(requests)} requests failed`;
}

/** In a sentence, what a probe has measured. */
export function factsText(probe: ProbeResult): string {
  const facts = [requestsText(probe), outsideText(probe), tailText(probe), checksText(probe)];
  return facts.filter((part) => part !== undefined).join('; ');
}

/** The plot shows failures that no phase counts: of the time before the baseline, and after the end. */
function outsideText({ seconds, phases }: ProbeResult): string | undefined {
  const all = sumOf(Object.values(seconds).flat(), 'failed');
  const counted = sumOf(
    phases.flatMap(({ targets }) => targets),
    'failed',
  );
  return all > counted ? `${numberText(all - counted)} more failed outside the phases, and are not judged` : undefined;
}

function sumOf(counts: readonly { requests: number; failed: number }[], field: 'requests' | 'failed'): number {
  return counts.reduce((total, count) => total + count[field], 0);
}

/** The worst of all targets: `worst target: p99 16 ms before, 84 ms since; max 41 ms before, 812 ms since`. */
function tailText({ phases }: ProbeResult): string | undefined {
  const before = phases.filter(({ name }) => name === baselinePhase);
  const since = phases.filter(({ name }) => name !== baselinePhase);
  const parts = (['p99', 'max'] as const).flatMap((field) => {
    const [first, then] = [worstOf(before, field), worstOf(since, field)];
    if (first === undefined) return then === undefined ? [] : [`${field} ${millisecondsText(then)} ms`];
    const later = then === undefined ? '' : `, ${millisecondsText(then)} ms since`;
    return [`${field} ${millisecondsText(first)} ms before${later}`];
  });
  return parts.length === 0 ? undefined : `worst target: ${parts.join('; ')}`;
}

export function checksText({ checks }: ProbeResult): string | undefined {
  if (checks.length === 0) return undefined;
  return `${checks.filter(({ result }) => result === 'pass').length} of ${checks.length} checks passed`;
}

function worstOf(phases: readonly ProbePhase[], field: 'p99' | 'max'): number | undefined {
  const values = phases.flatMap(({ targets }) =>
    targets.filter(({ requests }) => requests > 0).map((measured) => measured[field]),
  );
  return values.length === 0 ? undefined : Math.max(...values);
}

/** A number as a person reads it: `9.9`, `84`, `1,204`. */
export function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });
}

/** Milliseconds to two digits or more, so that they stand under each other: `4.0`, `84`, `1,204`. */
export function millisecondsText(value: number): string {
  return value < 9.95 ? value.toFixed(1) : numberText(value);
}

/** A probe without what its record says already. */
export function besides(probe: ProbeResult, told: readonly string[]): ProbeResult {
  const { result, reasons } = probe.verdict;
  return { ...probe, verdict: { result, reasons: reasons.filter((reason) => !told.includes(reason)) } };
}
