import { boundedRows, type Rows } from './upgrade-rows.ts';

/** A step summary holds a megabyte. */
const mostRows = 1000;

/** Text from a cluster, so that it stays inside its table cell. */
export function escapeCell(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** At most so many rows of a table, folded under its title; nothing for one without rows. */
export function folded(title: string, rows: Rows, most = mostRows): string[] {
  if (rows.rows.length === 0) return [];
  const summary = `<details><summary>${title} (${rows.rows.length})</summary>`;
  return [summary, '', ...markdownTable(boundedRows(rows, most)), '</details>', ''];
}

/** A table; nothing for one without rows. */
export function markdownTable({ headings, rows }: Rows): string[] {
  if (rows.length === 0) return [];
  const line = (cells: string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(headings), `|${' --- |'.repeat(headings.length)}`, ...rows.map(line), ''];
}
