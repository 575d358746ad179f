import { DeliveryError } from '../errors.ts';
import { type Finding, formatPath } from './finding.ts';
import { readPositions } from './positions.ts';

/** Findings about a YAML text as a reader needs them, in the order of its lines: file, line, path and what is wrong. */
export function findingLines(findings: readonly Finding[], { text, file }: { text: string; file: string }): string[] {
  const lineOf = readPositions(text);
  return findings
    .map(({ path, message }) => ({
      line: lineOf(path),
      where: path.length === 0 ? '' : `${formatPath(path)}: `,
      message,
    }))
    .sort((left, right) => left.line - right.line)
    .map(({ line, where, message }) => `${file}:${line}: ${where}${message}`);
}

/** The one error that says everything that is not right with a file. */
export function invalidFile(file: string, lines: readonly string[], code: string): DeliveryError {
  const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
  return new DeliveryError([`${file} has ${count}`, ...lines].join('\n'), { code, kind: 'usage' });
}
