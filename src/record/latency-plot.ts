import { type ScaleLogarithmic, type ScaleTime, scaleLog, scaleUtc } from 'd3-scale';
import { area, line } from 'd3-shape';
import type { ProbeResult } from '../ports/probe-result.ts';
import { type Html, html, htmlLines } from '../text/html.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { failureMarks } from './failure-marks.ts';
import { type LatencyPoint, type LatencyPoints, latencyPoints } from './latency-points.ts';
import { type Band, bandMarks, gridLine, laneHeight, margin, round, timeTicks } from './plot-frame.ts';
import { millisecondsText } from './probe-rows.ts';

type Latency = NonNullable<LatencyPoint['latency']>;

/** Where things stand: the scales, and the lower edges of what is drawn. */
interface Drawing {
  x: ScaleTime<number, number>;
  y: ScaleLogarithmic<number, number>;
  bottom: number;
  width: number;
}

const failureHeight = 30;

/** How long one point of a plot of that width stands for, in milliseconds. */
export function plotStep({ seconds }: Pick<ProbeResult, 'seconds'>, width: number): number {
  return pointsFor(seconds, width).step;
}

/**
 * Latency over time of all targets together, on a logarithmic scale, under lanes of bands and over a lane of the failed
 * requests. An SVG of that width; undefined before two points were measured.
 */
export function latencyPlot(
  { seconds }: Pick<ProbeResult, 'seconds'>,
  lanes: readonly (readonly Band[])[],
  width: number,
): Html | undefined {
  const { points, step } = pointsFor(seconds, width);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  const x = scaleUtc([new Date(first.at), new Date(last.at + step)], [margin.left, width - margin.right]);
  const shown = lanes.map((bands) => bands.flatMap((band) => within(band, x))).filter((bands) => bands.length > 0);
  const top = shown.length * (laneHeight + 2) + 10;
  const bottom = top + (width < 600 ? 190 : 230);
  const height = bottom + failureHeight + margin.bottom;
  const y = scaleLog(latencyDomain(points), [bottom, top]).clamp(true);
  const drawing = { x, y, bottom, width };
  return htmlLines([
    html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Latency and failed requests over time">`,
    ...(shown[0] ?? []).filter((_, index) => index % 2 === 1).map((band) => shade(band, drawing, top)),
    ...decades(y).map((value) => gridLine(latencyText(value), y(value), width)),
    ...curves({ points, step }, drawing),
    ...shown.flatMap((bands, lane) => bandMarks(bands, x, { top: lane * (laneHeight + 2), bottom })),
    ...worstMark({ points, step }, drawing),
    ...failureMarks({ points, step }, x, { top: bottom, height: failureHeight }),
    ...timeTicks(x, width, height),
    html`</svg>`,
  ]);
}

/** A point for every one and a half pixels: more would only blur. */
function pointsFor(seconds: ProbeResult['seconds'], width: number): LatencyPoints {
  return latencyPoints(seconds, Math.min(600, Math.floor(width / 1.5)));
}

/** What of a band lies in the time that was measured. */
function within(band: Band, x: ScaleTime<number, number>): Band[] {
  const [start = 0, end = 0] = x.domain().map((time) => time.getTime());
  const from = Math.max(start, band.from.getTime());
  const to = Math.min(end, band.to?.getTime() ?? end);
  return to <= from ? [] : [{ ...band, from: new Date(from), to: new Date(to) }];
}

/** The same for most reports, so that two can be laid side by side: from 1 ms to 10 s. */
function latencyDomain(points: readonly LatencyPoint[]): [number, number] {
  const latencies = points.flatMap(({ latency }) => latency ?? []);
  const fastest = latencies.reduce((least, { p50 }) => Math.min(least, p50), 1);
  const slowest = latencies.reduce((most, { max }) => Math.max(most, max), 0);
  return [fastest < 1 ? 0.1 : 1, slowest > 10_000 ? 100_000 : 10_000];
}

function shade({ from, to = from }: Band, { x, bottom }: Drawing, top: number): Html {
  return html`<rect class="shade" x="${round(x(from))}" y="${top}" width="${round(x(to) - x(from))}" height="${bottom - top}"/>`;
}

/** A line breaks where nothing was asked. */
function curves({ points, step }: LatencyPoints, { x, y }: Drawing): Html[] {
  const across = ({ at }: LatencyPoint) => x(at + step / 2);
  const up = (field: keyof Latency) => (point: LatencyPoint) => y(point.latency?.[field] ?? 0);
  const isKnown = ({ latency }: LatencyPoint) => latency !== undefined;
  const between = area<LatencyPoint>(across, up('p50'), up('p99')).defined(isKnown).digits(1)(points) ?? '';
  const curve = (field: keyof Latency) => {
    const path = line<LatencyPoint>(across, up(field)).defined(isKnown).digits(1)(points) ?? '';
    return html`<path class="curve latency-${field}" d="${path}"><title>${field}</title></path>`;
  };
  return [html`<path class="latency-between" d="${between}"/>`, curve('max'), curve('p50'), curve('p99')];
}

/** The slowest request of all, with how long it took. */
function worstMark({ points, step }: LatencyPoints, { x, y, width }: Drawing): Html[] {
  const known = points.flatMap(({ at, latency }) => (latency ? [{ at, max: latency.max }] : []));
  const worst = known.reduce((most, point) => (point.max > most.max ? point : most), known[0] ?? { at: 0, max: 0 });
  if (worst.max === 0) return [];
  const [left, high] = [x(worst.at + step / 2), y(worst.max)];
  const [shift, anchor] = left > width / 2 ? [-7, 'end'] : [7, 'start'];
  return [
    html`<circle class="worst" cx="${round(left)}" cy="${round(high)}" r="3"/>`,
    html`<text class="value" x="${round(left + shift)}" y="${round(high + 4)}" text-anchor="${anchor}">${millisecondsText(worst.max)} ms</text>`,
  ];
}

/** Each power of ten from the lower end to the upper. */
function decades(y: ScaleLogarithmic<number, number>): number[] {
  const [low = 1, high = 1] = y.domain();
  return [0.1, 1, 10, 100, 1000, 10_000, 100_000].filter((value) => value >= low && value <= high);
}

function latencyText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : durationText(milliseconds);
}
