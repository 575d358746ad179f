import { folded, type Markdown, markdownTable } from '../text/markdown.ts';
import { boundedRows, type Rows } from './upgrade-rows.ts';

/** A step summary holds a megabyte. */
const mostRows = 1000;

/** At most so many rows of a table, folded under its title; nothing for one without rows. */
export function foldedRows(title: string, rows: Rows, most = mostRows): Markdown[] {
  if (rows.rows.length === 0) return [];
  return folded(`${title} (${rows.rows.length})`, markdownTable(boundedRows(rows, most)));
}
