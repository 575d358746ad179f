import { printYaml } from '../../mesh/yaml.ts';
import { unended, visibleText } from '../../text/visible-text.ts';
import type { FieldChange } from '../field-changes.ts';

/** A changed field as lines of a diff: `- .spec.replicas: 2`, `+ .spec.replicas: 3`. */
export function fieldLines(change: FieldChange): string[] {
  const path = visibleText(change.path);
  if ('patch' in change) return [`  ${path}:`, ...change.patch.map(patchLine)];
  if ('order' in change) {
    const { before, after } = change.order;
    return [...valueLines('-', `${path} in order`, before), ...valueLines('+', `${path} in order`, after)];
  }
  return [
    ...(change.before === undefined ? [] : valueLines('-', path, change.before)),
    ...(change.after === undefined ? [] : valueLines('+', path, change.after)),
  ];
}

/** A value in full, as YAML, each line with the sign before it. */
export function yamlLines(sign: '-' | '+', value: unknown): string[] {
  return printYaml(value)
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${sign}   ${visibleText(line)}`);
}

function valueLines(sign: '-' | '+', path: string, value: unknown): string[] {
  const [first = '', ...rest] = yamlLines(sign, value);
  const isBlock = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (isBlock) return [`${sign} ${path}:`, first, ...rest];
  return [`${sign} ${path}: ${first.slice(4)}`, ...rest];
}

function patchLine(line: string): string {
  if (line.startsWith('@@')) return line;
  const piece = line.slice(1);
  const text = piece.endsWith('\n') ? visibleText(piece.slice(0, -1)) : `${visibleText(piece)}${unended}`;
  return `${line.slice(0, 1)}     ${text}`.trimEnd();
}
