import type { ProbeSecond } from '../ports/probe-result.ts';

/** What all targets together came to in one stretch of time. */
export interface LatencyPoint {
  /** Where it begins: milliseconds since 1970. */
  at: number;
  requests: number;
  failed: number;
  /** Milliseconds: the median of the targets' p50, the worst p99 and the worst max; absent where nothing was asked. */
  latency?: { p50: number; p99: number; max: number };
}

/** Stretches of the same length without a gap, from the first second that was measured to the last. */
export interface LatencyPoints {
  points: LatencyPoint[];
  /** Milliseconds that a point stands for. */
  step: number;
}

/** Seconds that a point may stand for; a reader finds a time among multiples of these. */
const steps = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600];

/** Lays the targets over each other, in as many points as there is room for, and loses no peak over it. */
export function latencyPoints(seconds: Record<string, ProbeSecond[]>, most: number): LatencyPoints {
  const all = Object.values(seconds).flat();
  const [first, last] = all.reduce(
    ([low, high], { at }) => [Math.min(low, at), Math.max(high, at)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  if (all.length === 0) return { points: [], step: 1000 };
  const step = stepFor(first, last, most);
  const start = Math.floor(first / step) * step;
  const bins = Array.from({ length: Math.floor((last - start) / step) + 1 }, (): ProbeSecond[] => []);
  for (const second of all) bins[Math.floor((second.at - start) / step)]?.push(second);
  return { points: bins.map((bin, index) => pointOf(start + index * step, bin)), step };
}

function stepFor(first: number, last: number, most: number): number {
  // One point more, because the first of them begins at a multiple of the step.
  const least = (last - first) / 1000 / Math.max(1, most - 1);
  return (steps.find((step) => step >= least) ?? Math.ceil(least / 600) * 600) * 1000;
}

function pointOf(at: number, bin: readonly ProbeSecond[]): LatencyPoint {
  const asked = bin.filter(({ requests }) => requests > 0);
  const sum = (field: 'requests' | 'failed') => asked.reduce((total, second) => total + second[field], 0);
  const worst = (field: 'p99' | 'max') => asked.reduce((most, second) => Math.max(most, second[field]), 0);
  const medians = asked.map(({ p50 }) => p50).sort((left, right) => left - right);
  const p50 = medians[Math.floor((medians.length - 1) / 2)];
  return {
    at,
    requests: sum('requests'),
    failed: sum('failed'),
    ...(p50 === undefined ? {} : { latency: { p50, p99: worst('p99'), max: worst('max') } }),
  };
}
