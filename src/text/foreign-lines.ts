import { revealedText } from './visible-text.ts';

/** The lines of a text from anywhere, nothing in them hidden and nothing in them a line end or a command to a terminal. */
export function foreignLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => revealedText(line.replaceAll('\t', '    ')).trimEnd());
}

/** The same for an entry of a log: its further lines are indented, and so none of them looks like an entry. */
export function entryLines(text: string): string[] {
  const [first = '', ...rest] = foreignLines(text);
  const indent = ' '.repeat(first.length - first.trimStart().length + 2);
  return [first, ...rest.map((line) => (line === '' ? '' : indent + line))];
}
