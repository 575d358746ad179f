import { type Html, html, htmlLines, noHtml } from '../text/html.ts';
import type { Rows } from './upgrade-rows.ts';

/** A table that scrolls in itself where it is wider than the page; nothing for one without rows. */
export function htmlTable({ headings, rows }: Rows): Html {
  if (rows.length === 0) return noHtml;
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  const body = htmlLines(rows.map((cells) => html`<tr>${cells.map(cellOf)}</tr>`));
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>`;
}

/** What is short stays on one line; it is the sentences that give way on a narrow page. */
function cellOf(cell: string): Html {
  return cell.length <= 24 ? html`<td class="short">${cell}</td>` : html`<td>${cell}</td>`;
}

/** A list of names and values. */
export function htmlFacts(facts: [name: string, value: string | Html | undefined][]): Html {
  const items = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<dt>${name}</dt><dd>${value}</dd>`],
  );
  return html`<dl>${htmlLines(items)}</dl>`;
}

/** A table under its title; nothing for one without rows. */
export function htmlSection(title: string, rows: Rows): Html {
  return rows.rows.length === 0 ? noHtml : htmlLines([html`<h3>${title}</h3>`, htmlTable(rows)]);
}

/** A paragraph; nothing where there is no text. */
export function htmlParagraph(text: string | undefined): Html {
  return text === undefined ? noHtml : html`<p>${text}</p>`;
}
