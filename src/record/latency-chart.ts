import type { ProbeResult } from '../ports/probe-result.ts';
import { blankLine, codeBlock, type Markdown, markdown } from '../text/markdown.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { latencyPoints } from './latency-points.ts';
import { timeText } from './upgrade-rows.ts';

/** More points than these run into each other in a chart of Mermaid's. */
const mostPoints = 40;

/** Mermaid's own first colour is hardly seen on white; this one is seen on dark too. */
const palette = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f6fdb"}}}}%%';

/** The p99 of the slowest target over time, as Mermaid draws it in a step summary; nothing before two points. */
export function latencyChart({ seconds }: Pick<ProbeResult, 'seconds'>): Markdown[] {
  const { points, step } = latencyPoints(seconds, mostPoints);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return [];
  const slowest = points.map(({ latency }) => latency?.p99 ?? 0);
  const highest = slowest.reduce((most, value) => Math.max(most, value), 1);
  const begin = timeText(new Date(first.at).toISOString());
  const isSilent = points.some(({ latency }) => latency === undefined);
  const chart = [
    palette,
    'xychart-beta',
    `    title "p99 of the slowest target, the worst of every ${durationText(step)}"`,
    `    x-axis "seconds after ${begin} UTC" 0 --> ${Math.round((last.at - first.at) / 1000)}`,
    `    y-axis "ms" 0 --> ${Math.ceil(highest * 1.1)}`,
    `    line [${slowest.map((value) => Math.round(value * 10) / 10).join(', ')}]`,
  ];
  return [
    ...codeBlock('mermaid', chart),
    ...(isSilent ? [markdown`The line is at 0 where nothing was measured.`, blankLine] : []),
  ];
}
