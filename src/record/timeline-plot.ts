import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveStepAfter, type SeriesPoint, stack } from 'd3-shape';
import type { StepEntry } from '../plan/open-upgrade.ts';
import { type Html, html, htmlLines } from '../text/html.ts';
import type { Journal } from '../upgrade/journal.ts';
import { bandMarks, gridLine, margin, timeTicks } from './plot-frame.ts';
import { stepBands } from './step-bands.ts';

interface Sample {
  at: Date;
  proxies: Record<string, number>;
}

/** How a revision is drawn. */
interface Layer {
  revision: string;
  look: 'new' | 'old' | 'other';
}

/**
 * Proxies by revision over time, stacked, the new revision at the bottom, under a lane of the steps, which carry the
 * numbers of the table. An SVG of that width; undefined before there are two samples.
 */
export function timelinePlot(journal: Journal, width: number): Html | undefined {
  const samples = journal.timeline.map(({ at, proxies }): Sample => ({ at: new Date(at), proxies }));
  const failed = journal.failure ? [new Date(journal.failure.at).getTime()] : [];
  const times = [...samples.map(({ at }) => at.getTime()), ...journal.steps.flatMap(spanOf), ...failed];
  if (samples.length < 2) return undefined;
  const height = width < 600 ? 260 : 300;
  const x = scaleUtc([Math.min(...times), Math.max(...times)], [margin.left, width - margin.right]);
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
    return html`<path class="revision-${look}" d="${path}"><title>${revision}</title></path>`;
  });
  return htmlLines([
    html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Proxies by revision over time">`,
    ...y
      .ticks(4)
      .filter(Number.isInteger)
      .map((count) => gridLine(String(count), y(count), width)),
    ...areas,
    ...bandMarks(stepBands(journal), x, { top: 0, bottom: height - margin.bottom }),
    ...timeTicks(x, width, height),
    html`</svg>`,
  ]);
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
