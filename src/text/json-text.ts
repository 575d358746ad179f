/** What a terminal obeys or nobody sees, and line ends that JSON takes for letters. */
const unprintable = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

export interface JsonOptions {
  indent?: number;
  /** What becomes of each text in it before it is written: in JSON a secret may look different from itself. */
  hide?(text: string): string;
}

/**
 * A document as JSON that may be printed anywhere: what a parser reads from it is the document, and what a terminal or an
 * Actions runner would obey is escaped.
 */
export function jsonText(document: unknown, { indent, hide = (text) => text }: JsonOptions = {}): string {
  return JSON.stringify(document, (_key, field: unknown) => (typeof field === 'string' ? hide(field) : field), indent)
    .replace(unprintable, (found) => (found === '\n' ? found : escaped(found)))
    .replaceAll('##[', '#\\u0023[');
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
