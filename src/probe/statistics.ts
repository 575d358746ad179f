import type { AnswerChange, FailedRequests, ProbeSecond, TargetMeasurement } from '../ports/probe-result.ts';
import { baselinePhase } from './baseline-phase.ts';
import { type AnswerTally, tallyAnswers } from './compare-answers.ts';
import { endOf, type Sample, secondText } from './sample.ts';

/** What the requests to one target came to in one phase, and what a verdict needs beside that. */
export interface TargetTally extends TargetMeasurement {
  /** When the last of them ended: milliseconds since 1970. */
  lastEnd?: number;
  /** The one that was sent first of those that failed. */
  firstFailure?: { at: number; reason: string };
  /** How its answers differ from those of the baseline. */
  changes: AnswerChange[];
}

/** A phase in milliseconds since 1970. */
export interface PhaseTally {
  name: string;
  from: number;
  to: number;
  targets: TargetTally[];
}

/** Everything that a probe has measured. Holds 16 bytes for a request: 50 a second for six hours take 17 MB. */
export interface ProbeStatistics {
  /** Ends the phase at work, and begins the next one. */
  enter(phase: string, at: number): void;
  /** Ends the phase at work. */
  leave(at: number): void;
  add(target: string, sample: Sample): void;
  /** The phases so far; the one that is at work until `now`. */
  phases(now: number): PhaseTally[];
  /** By target, in order. */
  seconds(): Record<string, ProbeSecond[]>;
  /** Failed requests by second and reason; the first 1,000. */
  failures(): FailedRequests[];
}

interface Phase {
  name: string;
  from: number;
  to: number | undefined;
  byTarget: Map<string, Measured>;
}

/** What was measured of one target in one phase. */
interface Measured extends Heap {
  answers: AnswerTally;
}

/** Requests that are counted together. */
interface Heap {
  latencies: number[];
  failed: number;
  resets: number;
  lastEnd?: number;
  firstFailure?: { at: number; reason: string };
}

const mostFailures = 1000;

export function probeStatistics(targets: readonly string[]): ProbeStatistics {
  const phases: Phase[] = [];
  const bySecond = new Map(targets.map((target) => [target, new Map<number, Heap>()]));
  const failures = new Map<string, FailedRequests>();

  function leave(at: number): void {
    const open = phases.at(-1);
    if (open && open.to === undefined) open.to = at;
  }

  return {
    enter(name, at) {
      leave(at);
      const before = phases.find((phase) => phase.name === baselinePhase);
      const measuredOf = (target: string) => ({
        ...heap(),
        answers: tallyAnswers(before?.byTarget.get(target)?.answers.common()),
      });
      const byTarget = new Map(targets.map((target) => [target, measuredOf(target)]));
      phases.push({ name, from: at, to: undefined, byTarget });
    },
    leave,
    add(target, sample) {
      const end = endOf(sample);
      const phase = phases.findLast(({ from, to }) => end >= from && (to === undefined || end < to));
      const measured = phase?.byTarget.get(target);
      put(measured, sample);
      measured?.answers.add(sample);
      const seconds = bySecond.get(target);
      if (seconds === undefined) return;
      const second = Math.floor(sample.at / 1000) * 1000;
      const known = seconds.get(second) ?? heap();
      seconds.set(second, known);
      put(known, sample);
      if (sample.failure !== undefined) note(failures, { target, second, reason: sample.failure });
    },
    phases: (now) =>
      phases.map(({ name, from, to = now, byTarget }) => ({
        name,
        from,
        to,
        targets: [...byTarget].map(([target, measured]) => ({
          ...tally(target, measured, (to - from) / 1000),
          changes: measured.answers.changes().map((change) => ({ target, phase: name, ...change })),
        })),
      })),
    seconds: () =>
      Object.fromEntries(
        [...bySecond].map(([target, seconds]) => [
          target,
          [...seconds].toSorted(([left], [right]) => left - right).map(([at, requests]) => secondOf(at, requests)),
        ]),
      ),
    failures: () => [...failures.values()].toSorted((left, right) => (left.at < right.at ? -1 : 1)),
  };
}

function heap(): Heap {
  return { latencies: [], failed: 0, resets: 0 };
}

/** How Go's and gRPC's clients say that the other side has cut the connection. */
const cut = /\breset\b|\bRST_STREAM\b|\bEOF\b|broken pipe|GOAWAY/i;

function put(requests: Heap | undefined, sample: Sample): void {
  if (requests === undefined) return;
  requests.latencies.push(sample.latency);
  requests.lastEnd = Math.max(requests.lastEnd ?? 0, endOf(sample));
  const { at, failure } = sample;
  if (failure === undefined) return;
  requests.failed += 1;
  if (cut.test(failure)) requests.resets += 1;
  if (requests.firstFailure === undefined || at < requests.firstFailure.at) {
    requests.firstFailure = { at, reason: failure };
  }
}

function note(
  failures: Map<string, FailedRequests>,
  { target, second, reason }: { target: string; second: number; reason: string },
): void {
  const key = `${target} ${second} ${reason}`;
  const known = failures.get(key);
  if (known) known.count += 1;
  else if (failures.size < mostFailures) failures.set(key, { target, at: secondText(second), reason, count: 1 });
}

function tally(target: string, requests: Heap, seconds: number): Omit<TargetTally, 'changes'> {
  const { latencies, failed, resets, lastEnd, firstFailure } = requests;
  const sorted = Float64Array.from(latencies).sort();
  return {
    target,
    requests: sorted.length,
    failed,
    resets,
    throughput: seconds > 0 ? tenth((sorted.length - failed) / seconds) : 0,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
    ...(lastEnd === undefined ? {} : { lastEnd }),
    ...(firstFailure === undefined ? {} : { firstFailure }),
  };
}

function secondOf(at: number, { latencies, failed }: Heap): ProbeSecond {
  const sorted = Float64Array.from(latencies).sort();
  return {
    at,
    requests: sorted.length,
    failed,
    p50: percentile(sorted, 50),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
  };
}

/** Nearest rank: the smallest value that at least so many percent of all are not above; to the microsecond. */
export function percentile(sorted: Float64Array, percent: number): number {
  const value = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? 0;
  return Math.round(value * 1000) / 1000;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
