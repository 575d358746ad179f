import type { Rows } from './upgrade-rows.ts';

/** Text from anywhere, so that it stays text in an element and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A table that scrolls in itself where it is wider than the page; nothing for one without rows. */
export function htmlTable({ headings, rows }: Rows): string {
  if (rows.length === 0) return '';
  const head = headings.map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map(cellOf).join('')}</tr>`);
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

/** What is short stays on one line; it is the sentences that give way on a narrow page. */
function cellOf(cell: string): string {
  return `<td${cell.length <= 24 ? ' class="short"' : ''}>${escapeHtml(cell)}</td>`;
}

/** A list of names and values. */
export function htmlFacts(facts: [name: string, value: string | undefined][]): string {
  const items = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`],
  );
  return `<dl>${items.join('\n')}</dl>`;
}

/** A table under its title; nothing for one without rows. */
export function htmlSection(title: string, rows: Rows): string {
  return rows.rows.length === 0 ? '' : `<h3>${escapeHtml(title)}</h3>\n${htmlTable(rows)}`;
}

/** A paragraph; nothing where there is no text. */
export function htmlParagraph(text: string | undefined): string {
  return text === undefined ? '' : `<p>${escapeHtml(text)}</p>`;
}
