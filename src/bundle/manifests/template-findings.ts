import type { Finding } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import type { Path } from '../../mesh/positions.ts';
import { templateMessage } from '../../mesh/yaml-problems.ts';

/** What only Helm's templates have: other templates (of alerts, of dashboards) are text that manifests carry. */
const helmExpression = /\{\{-?[^}]*?(\.(Values|Release|Chart|Capabilities|Files|Template)\b|\b(include|tpl|toYaml)\b)/;

/** The expressions of a Helm template in texts of a document. */
export function templateFindings(document: unknown): Finding[] {
  // Their data are files, which may hold templates of whatever reads them.
  if (isMapping(document) && (document.kind === 'ConfigMap' || document.kind === 'Secret')) {
    return findIn(document.metadata, ['metadata']);
  }
  return findIn(document, []);
}

function findIn(value: unknown, path: Path): Finding[] {
  if (typeof value === 'string') {
    const found = helmExpression.exec(value);
    return found === null ? [] : [{ path, message: templateMessage(value, found.index) }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => findIn(item, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    ...findIn(key, [...path, key]),
    ...findIn(below, [...path, key]),
  ]);
}
