import { type ScaleTime, scaleLinear, scaleTime } from 'd3-scale';
import { area, curveStepAfter, type SeriesPoint, stack } from 'd3-shape';
import type { Journal, StepEntry } from '../upgrade/journal.ts';
import { stepTitle } from '../upgrade/upgrade-progress.ts';
import { escapeHtml } from './html-text.ts';
import { timeText } from './upgrade-rows.ts';

interface Sample {
  at: Date;
  proxies: Record<string, number>;
}

/** How a revision is drawn. */
interface Layer {
  revision: string;
  look: 'new' | 'old' | 'other';
}

const margin = { top: 28, right: 12, bottom: 24, left: 44 };
const laneHeight = 18;

/**
 * Proxies by revision over time, stacked, the new revision at the bottom, under a lane of the steps, which carry the
 * numbers of the table. An SVG of that width; undefined before there are two samples.
 */
export function timelinePlot(journal: Journal, width: number): string | undefined {
  const samples = journal.timeline.map(({ at, proxies }): Sample => ({ at: new Date(at), proxies }));
  const failed = journal.failure ? [new Date(journal.failure.at).getTime()] : [];
  const times = [...samples.map(({ at }) => at.getTime()), ...journal.steps.flatMap(spanOf), ...failed];
  if (samples.length < 2) return undefined;
  const height = width < 600 ? 260 : 300;
  const x = scaleTime([Math.min(...times), Math.max(...times)], [margin.left, width - margin.right]);
  const most = Math.max(
    1,
    ...samples.map(({ proxies }) => Object.values(proxies).reduce((sum, count) => sum + count, 0)),
  );
  const y = scaleLinear([0, most], [height - margin.bottom, margin.top]).nice(4);

  const layers = revisionsOf(journal);
  const shape = area<SeriesPoint<Sample>>()
    .x(({ data }) => x(data.at))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high))
    .curve(curveStepAfter)
    .digits(1);
  const series = stack<Sample, string>()
    .keys(layers.map(({ revision }) => revision))
    .value(({ proxies }, revision) => proxies[revision] ?? 0)(samples);
  const areas = series.map((points, index) => {
    const { revision = '', look = 'other' } = layers[index] ?? {};
    const path = shape(points) ?? '';
    return `<path class="revision-${look}" d="${path}"><title>${escapeHtml(revision)}</title></path>`;
  });
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Proxies by revision over time">`,
    ...y
      .ticks(4)
      .filter(Number.isInteger)
      .map((count) => gridLine(count, y(count), width)),
    ...areas,
    ...stepMarks(journal, x, height),
    ...timeTicks(x, width, height),
    '</svg>',
  ].join('\n');
}

/** The revisions that were ever seen, in the order in which they are stacked. */
export function revisionsOf({ timeline, old, new: coming }: Journal): Layer[] {
  const seen = new Set(timeline.flatMap(({ proxies }) => Object.keys(proxies)));
  const [from, to] = [old.istio.revision, coming.istio.revision];
  const others = [...seen].filter((revision) => revision !== from && revision !== to).sort();
  return [
    { revision: to, look: 'new' },
    { revision: from, look: 'old' },
    ...others.map((revision): Layer => ({ revision, look: 'other' })),
  ];
}

function spanOf({ started, finished }: StepEntry): number[] {
  return [started, finished].flatMap((time) => (time === undefined ? [] : [new Date(time).getTime()]));
}

function gridLine(count: number, at: number, width: number): string {
  return `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${round(at)}" y2="${round(at)}"/><text x="${margin.left - 6}" y="${round(at + 4)}" text-anchor="end">${count}</text>`;
}

/** A box for each step that was begun, with its number where there is room, and a line where it began. */
function stepMarks({ steps, failure }: Journal, x: ScaleTime<number, number>, height: number): string[] {
  const [, end = new Date(0)] = x.domain();
  return steps.flatMap((entry, index) => {
    if (entry.started === undefined) return [];
    const from = x(new Date(entry.started));
    const to = Math.max(from + 2, x(entry.finished === undefined ? end : new Date(entry.finished)));
    const failed = failure?.step === entry.step;
    const title = `${index + 1} ${stepTitle(entry.step)}: ${entry.status}${failed ? ', failed' : ''}`;
    const number =
      to - from < 16 ? '' : `<text x="${round((from + to) / 2)}" y="13" text-anchor="middle">${index + 1}</text>`;
    return [
      `<line class="mark" x1="${round(from)}" x2="${round(from)}" y1="${laneHeight}" y2="${height - margin.bottom}"/>`,
      `<g><title>${escapeHtml(title)}</title><rect class="${failed ? 'step-failed' : 'step'}" x="${round(from)}" y="0" width="${round(to - from)}" height="${laneHeight}" rx="2"/>${number}</g>`,
    ];
  });
}

/** A label at the edge would be cut off, and one too near to its neighbour not be read. */
function timeTicks(x: ScaleTime<number, number>, width: number, height: number): string[] {
  const room = 62;
  let free = margin.left + room / 3;
  return x.ticks(Math.floor(width / 90)).flatMap((time) => {
    const at = x(time);
    if (at < free || at > width - room / 2) return [];
    free = at + room;
    return `<text x="${round(at)}" y="${height - 6}" text-anchor="middle">${timeText(time.toISOString())}</text>`;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
