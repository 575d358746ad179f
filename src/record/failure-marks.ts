import type { ScaleTime } from 'd3-scale';
import { type Html, html } from '../text/html.ts';
import type { LatencyPoints } from './latency-points.ts';
import { margin, round } from './plot-frame.ts';

/** Pixels from one count to the next. */
const room = 36;

interface Lane {
  top: number;
  height: number;
}

/** Marks that stand too near to each other for a count each. */
interface Cluster {
  from: number;
  to: number;
  failed: number;
}

/** A lane that marks when requests failed, and how many, and when nothing was asked; it says so where none failed. */
export function failureMarks(
  { points, step }: LatencyPoints,
  x: ScaleTime<number, number>,
  { top, height }: Lane,
): Html[] {
  const bottom = top + height;
  const marks = points
    .filter(({ failed }) => failed > 0)
    .map(({ at, failed }): Cluster => ({ from: x(at), to: Math.max(x(at) + 2, x(at + step)), failed }));
  const name = html`<text x="${margin.left - 6}" y="${bottom - 4}" text-anchor="end">failed</text>`;
  const silent = points
    .filter(({ requests }) => requests === 0)
    .map(
      ({ at }) =>
        html`<rect class="silent" x="${round(x(at))}" y="${bottom - 14}" width="${round(x(at + step) - x(at))}" height="14"><title>nothing was asked</title></rect>`,
    );
  if (marks.length === 0) {
    return [name, ...silent, html`<text class="none-failed" x="${margin.left + 4}" y="${bottom - 4}">none</text>`];
  }
  return [
    name,
    ...silent,
    ...marks.map(
      ({ from, to, failed }) =>
        html`<rect class="failed" x="${round(from)}" y="${bottom - 14}" width="${round(to - from)}" height="14"><title>${failed} failed</title></rect>`,
    ),
    ...clustersOf(marks).map(({ from, to, failed }) => {
      // A count at the edge is moved in, or it would be cut off.
      const [, edge = 0] = x.range();
      const half = String(failed).length * 4;
      const middle = Math.min(edge - half, Math.max(margin.left + half, (from + to) / 2));
      return html`<text class="failed-count" x="${round(middle)}" y="${bottom - 17}" text-anchor="middle">${failed}</text>`;
    }),
  ];
}

function clustersOf(marks: readonly Cluster[]): Cluster[] {
  const clusters: Cluster[] = [];
  for (const mark of marks) {
    const last = clusters.at(-1);
    if (last && mark.from - last.to < room) {
      last.to = mark.to;
      last.failed += mark.failed;
    } else clusters.push({ ...mark });
  }
  return clusters;
}
