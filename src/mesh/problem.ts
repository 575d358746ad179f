import { type Finding, formatPath } from './finding.ts';
import type { LineOf } from './positions.ts';

/** Something that is not right at one place of a file of the user. */
export interface Problem {
  file: string;
  /** From 1. */
  line: number;
  /** What was expected, what stands there, and the remedy. */
  message: string;
}

/** A finding about a document, at its line; `subject` names the object that it is about. */
export function problemAt(file: string, lineOf: LineOf, { path, message }: Finding, subject = ''): Problem {
  const where = [subject, formatPath(path)].filter((part) => part !== '').join(' ');
  return { file, line: lineOf(path), message: where === '' ? message : `${where}: ${message}` };
}

/** Problems as a reader needs them, each once: `file:line: what`, in the order of files and lines. */
export function formatProblems(problems: readonly Problem[]): string[] {
  const sorted = problems.toSorted((left, right) => compare(left.file, right.file) || left.line - right.line);
  return [...new Set(sorted.map(({ file, line, message }) => `${file}:${line}: ${message}`))];
}

/** As many lines as a reader reads, and how many more there are. */
export function cutLines(lines: readonly string[], most = 100): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `… and ${lines.length - most} more; correct these first`];
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
