import { entryLines, foreignLines } from './foreign-lines.ts';

/**
 * One entry of a log, for a terminal or an Actions runner. The text may be from anywhere: nothing in it is obeyed, and no
 * line of it but the first begins where the log's own lines do.
 */
export function logText(text: string): string {
  return entryLines(text).map(withoutCommands).join('\n');
}

/** The same on one line: a title, or what a terminal shows in place. */
export function logTitle(text: string): string {
  return withoutCommands(foreignLines(text).join(' '));
}

/** A runner obeys a line that begins with `::` after anything it trims, and `##[` anywhere in a line. */
function withoutCommands(line: string): string {
  return line.replace(/##\[/g, '## [').replace(/^(\s*):(?=:)/, '$1: ');
}
