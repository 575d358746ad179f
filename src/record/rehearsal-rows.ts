import type { BundleChange, OverlayChange, Rehearsal, RehearsalPart } from '../rehearsal/rehearsal.ts';
import { durationText } from '../upgrade/duration-text.ts';
import type { Band } from './plot-frame.ts';
import { type Rows, timeText } from './upgrade-rows.ts';

/** The parts, numbered as the plot numbers them; why one failed stands among the reasons of the result. */
export function partRows(parts: readonly RehearsalPart[]): Rows {
  return {
    headings: ['#', 'part', 'result', 'started', 'seconds', 'why'],
    rows: parts.map(({ name, result, started, finished, code }, index) => [
      String(index + 1),
      name,
      result,
      timeText(started),
      secondsText(started, finished),
      code ?? '',
    ]),
  };
}

/** The parts as a plot marks them. */
export function partBands(parts: readonly RehearsalPart[]): Band[] {
  return parts.map(({ name, started, finished, result }, index) => ({
    number: index + 1,
    name,
    title: `${index + 1} ${name}: ${result}`,
    from: new Date(started),
    to: new Date(finished),
    failed: result === 'failed',
  }));
}

/** What was applied otherwise than the bundle has it. */
export function overlayRows(overlay: readonly OverlayChange[]): Rows {
  const rows = overlay.map(({ object, field, reason }) => [object, field, reason]);
  return { headings: ['object', 'field', 'why'], rows };
}

/** Fields of one object that a table tells; the record has all of them. */
const mostFields = 6;

/** In what the two bundles differ. */
export function differenceRows(differences: readonly BundleChange[]): Rows {
  return {
    headings: ['object', 'change', 'what'],
    rows: differences.map(({ object, change, fields }) => {
      const more = fields.length - mostFields;
      return [object, change, [...fields.slice(0, mostFields), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')];
    }),
  };
}

/** What is still to be done in the environment, a sentence each: soaks that were not waited for, notes to acknowledge. */
export function leftToDo({ soaks, notes }: Pick<Rehearsal, 'soaks' | 'notes'>): string[] {
  return [
    ...soaks.map(
      ({ of, seconds, rehearsed }) =>
        `${of} soaks for ${durationText(seconds * 1000)} in the environment, and did for ${rehearsed === 0 ? 'none of it' : durationText(rehearsed * 1000)} here`,
    ),
    ...notes.map(({ id, title }) => `the upgrade note ${id} was taken as read, and is to be acknowledged: ${title}`),
  ];
}

function secondsText(started: string, finished: string): string {
  return ((new Date(finished).getTime() - new Date(started).getTime()) / 1000).toFixed(1);
}
