import { revealedText } from './visible-text.ts';

const source: unique symbol = Symbol('html');

/** HTML that this code wrote. Only the functions of this file make it: a string is text, whatever it holds. */
export interface Html {
  readonly [source]: string;
}

type Piece = Html | string | number | readonly Html[];

/** Text between our own tags, and in our own quoted attributes: what is put in as a string or a number stays text. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { [source]: String.raw({ raw: literals }, ...pieces.map(pieceSource)) };
}

export function htmlSource(written: Html): string {
  return written[source];
}

export const noHtml: Html = html``;

/** Under each other, without those that are empty. */
export function htmlLines(parts: readonly Html[]): Html {
  return {
    [source]: parts
      .map(htmlSource)
      .filter((part) => part !== '')
      .join('\n'),
  };
}

/** A link where the text is an address of the web; the text alone where it is anything else. */
export function htmlLink(text: string): Html {
  const scheme = URL.parse(text)?.protocol;
  if (scheme !== 'https:' && scheme !== 'http:') return html`${text}`;
  return html`<a href="${text}" rel="noreferrer">${text}</a>`;
}

function pieceSource(piece: Piece): string {
  if (typeof piece === 'string') return escaped(piece);
  if (typeof piece === 'number') return String(piece);
  return source in piece ? piece[source] : piece.map(htmlSource).join('');
}

function escaped(text: string): string {
  return text
    .split('\n')
    .map(revealedText)
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
