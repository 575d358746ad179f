import { revealedText } from './visible-text.ts';

/** The lines of a text from anywhere, nothing in them hidden and nothing in them a line end or a command to a terminal. */
export function foreignLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => revealedText(line.replaceAll('\t', '    ')).trimEnd());
}
