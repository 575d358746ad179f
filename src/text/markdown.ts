import { entryLines, foreignLines } from './foreign-lines.ts';

const source: unique symbol = Symbol('markdown');

/**
 * GitHub's Markdown that this code wrote. Only the functions of this file make it: a string is text, whatever it holds.
 */
export interface Markdown {
  readonly [source]: string;
}

type Piece = Markdown | string | number;

/** Text among our own Markdown, on one line: what is put in as a string or a number stays text. */
export function markdown(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Markdown {
  return { [source]: String.raw({ raw: literals }, ...pieces.map(pieceSource)) };
}

export function markdownSource(written: Markdown): string {
  return written[source];
}

export const blankLine: Markdown = markdown``;

export function markdownLines(lines: readonly Markdown[]): Markdown {
  return { [source]: lines.map(markdownSource).join('\n') };
}

/** A word in a code span; one that could end its span, or the cell of a table that it is in, is text. */
export function codeSpan(word: string): Markdown {
  const shown = oneLine(word);
  return shown === '' || /[`|]/.test(shown) ? markdown`${word}` : { [source]: `\`${shown}\`` };
}

/** A block of code; an entry with several lines has its further ones indented. */
export function codeBlock(language: 'diff' | 'mermaid' | '', entries: readonly string[]): Markdown[] {
  const lines = entries.flatMap(entryLines);
  const longest = lines.reduce(
    (most, line) => Math.max(most, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)),
    0,
  );
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}${language}`, ...lines, fence, ''].map((line) => ({ [source]: line }));
}

/** Lines that a reader unfolds by their title. */
export function folded(title: string, lines: readonly Markdown[], isOpen = false): Markdown[] {
  const head = `<details${isOpen ? ' open' : ''}><summary>${inHtml(oneLine(title))}</summary>`;
  return [{ [source]: head }, blankLine, ...lines, markdown`</details>`, blankLine];
}

export interface Cells {
  headings: readonly string[];
  rows: readonly (readonly Piece[])[];
}

/** A table; nothing for one without rows. */
export function markdownTable({ headings, rows }: Cells): Markdown[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly Piece[]) => ({ [source]: `| ${cells.map(pieceSource).join(' | ')} |` });
  return [line(headings), { [source]: `|${' --- |'.repeat(headings.length)}` }, ...rows.map(line), blankLine];
}

function pieceSource(piece: Piece): string {
  if (typeof piece === 'string') return inMarkdown(oneLine(piece));
  return typeof piece === 'number' ? String(piece) : piece[source];
}

/** What comes from elsewhere never begins or ends a line. */
function oneLine(text: string): string {
  return foreignLines(text)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** What GitHub makes links, mentions, references, emoji and formulas of, where it stands between what it joins. */
const joining = /@|#(?=\d)|(?<=\bgh)-(?=\d)|:(?=\/\/|(?!\d\d(?::|$))[\w+-]+(?::|$))|(?<=www)\.|\$/;
const ofHtml: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const ofMarkdown = /[\\`*_[\]|~#$]/;
const special = new RegExp(`(${joining.source})|[&<>]|${ofMarkdown.source}`, 'gi');

/** Nothing in it is Markdown, and nothing in it begins a block. */
function inMarkdown(text: string): string {
  return plain(text, (sign) => (ofMarkdown.test(sign) ? `\\${sign}` : sign))
    .replace(/^[-+=:]/, '\\$&')
    .replace(/^(\d{1,9})(?=[.)](?:\s|$))/, '$1\\');
}

function inHtml(text: string): string {
  return plain(text, (sign) => sign);
}

/** GitHub looks for those in the text of a page, not in its source: only an element of its own keeps a sign out of them. */
function plain(text: string, escape: (sign: string) => string): string {
  return text.replace(special, (found: string, joins?: string) => {
    const shown = ofHtml[found] ?? escape(found);
    return joins === undefined ? shown : `<span>${shown}</span>`;
  });
}
