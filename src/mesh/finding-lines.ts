import { DeliveryError } from '../errors.ts';
import type { Finding } from './finding.ts';
import type { LineOf } from './positions.ts';
import { cutLines, formatProblems, problemAt } from './problem.ts';

/** Findings about a document as a reader needs them, in the order of its lines: file, line, path and what is wrong. */
export function findingLines(
  findings: readonly Finding[],
  { file, lineOf }: { file: string; lineOf: LineOf },
): string[] {
  return formatProblems(findings.map((finding) => problemAt(file, lineOf, finding)));
}

/** The one error that says everything that is not right with a file. */
export function invalidFile(file: string, lines: readonly string[], code: string): DeliveryError {
  const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
  return new DeliveryError([`${file} has ${count}`, ...cutLines(lines)].join('\n'), { code, kind: 'usage' });
}
