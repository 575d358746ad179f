import type { ScaleTime } from 'd3-scale';
import { type Html, html, noHtml } from '../text/html.ts';
import { timeText } from './upgrade-rows.ts';

/** The room that every plot leaves around its drawing, in pixels; on top for one lane of bands. */
export const margin = { top: 28, right: 12, bottom: 24, left: 52 };
/** The height of a band. */
export const laneHeight = 18;

/** A stretch of time that is marked with a box over the plot. */
export interface Band {
  /** Its number in the table that tells more of it. */
  number: number;
  /** Shown beside the number where there is room. */
  name?: string;
  /** What a pointer over it shows. */
  title: string;
  from: Date;
  /** Absent while it lasts. */
  to?: Date;
  failed?: boolean;
}

/** Where a lane of bands stands: its upper edge, and how far down the line at the begin of a band goes. */
interface Lane {
  top: number;
  bottom: number;
}

/** A box for each band, with its number where there is room, and a line where it begins. */
export function bandMarks(bands: readonly Band[], x: ScaleTime<number, number>, { top, bottom }: Lane): Html[] {
  const [, end = new Date(0)] = x.domain();
  return bands.flatMap((band) => {
    const from = x(band.from);
    const to = Math.max(from + 2, x(band.to ?? end));
    const text = labelOf(band, to - from);
    const label =
      text === ''
        ? noHtml
        : html`<text x="${round((from + to) / 2)}" y="${top + 13}" text-anchor="middle">${text}</text>`;
    return [
      html`<line class="mark" x1="${round(from)}" x2="${round(from)}" y1="${top + laneHeight}" y2="${round(bottom)}"/>`,
      html`<g><title>${band.title}</title><rect class="${band.failed ? 'step-failed' : 'step'}" x="${round(from)}" y="${top}" width="${round(to - from)}" height="${laneHeight}" rx="2"/>${label}</g>`,
    ];
  });
}

/** About seven pixels a letter: a name that runs over the edge of its box would hide its neighbours'. */
function labelOf({ number, name }: Band, width: number): string {
  const long = name === undefined ? '' : `${number} ${name}`;
  if (long !== '' && long.length * 7 + 8 <= width) return long;
  return width < 16 ? '' : String(number);
}

/** A horizontal line with what it stands for. */
export function gridLine(label: string, at: number, width: number): Html {
  return html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${round(at)}" y2="${round(at)}"/><text x="${margin.left - 6}" y="${round(at + 4)}" text-anchor="end">${label}</text>`;
}

/** A label at the edge would be cut off, and one too near to its neighbour not be read. */
export function timeTicks(x: ScaleTime<number, number>, width: number, height: number): Html[] {
  const room = 62;
  let free = margin.left + room / 3;
  return x.ticks(Math.floor(width / 90)).flatMap((time) => {
    const at = x(time);
    if (at < free || at > width - room / 2) return [];
    free = at + room;
    return html`<text x="${round(at)}" y="${height - 6}" text-anchor="middle">${timeText(time.toISOString())}</text>`;
  });
}

/** Tenths of a pixel are finer than anybody sees. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
