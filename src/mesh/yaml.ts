import { dump } from 'js-yaml';
import { DeliveryError } from '../errors.ts';
import { invalidFile } from './finding-lines.ts';
import { formatProblems } from './problem.ts';
import { readYaml, type YamlDocument } from './read-yaml.ts';
import type { YamlDialect } from './yaml-schemas.ts';

/**
 * Every document of a YAML text, read as Kubernetes reads manifests or as plain YAML 1.2; `file` is for errors
 * (`InvalidYaml`).
 */
export function parseYaml(text: string, file: string, dialect: YamlDialect = 'manifest'): unknown[] {
  return parseDocuments(text, file, dialect).map(({ value }) => value);
}

/** The same, with the lines on which everything stands. */
export function parseDocuments(text: string, file: string, dialect: YamlDialect = 'manifest'): YamlDocument[] {
  const { documents, problems } = readYaml(text, dialect);
  if (problems.length === 0) return documents;
  const lines = formatProblems(problems.map((problem) => ({ file, ...problem })));
  throw lines.length > 1
    ? invalidFile(file, lines, 'InvalidYaml')
    : new DeliveryError(lines.join(''), { code: 'InvalidYaml', kind: 'usage' });
}

/** One document, the same bytes for equal values: keys sorted, nothing folded, everything ambiguous quoted. */
export function printYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, sortKeys: true, seqNoIndent: true });
}
