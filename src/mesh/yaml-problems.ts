import { EVENT_ID, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { formatPath } from './finding.ts';
import { type Path, startOf, type YamlNode } from './positions.ts';
import { integerOf, type YamlDialect } from './yaml-schemas.ts';

/** Why a node would not be read as it is meant, and where it begins. */
export interface NodeProblem {
  offset: number;
  message: string;
  isInScalar?: true;
}

/** Tells a template that was not rendered, and a value that JavaScript or JSON cannot hold. */
export function nodeProblem(text: string, node: YamlNode, dialect: YamlDialect): NodeProblem | undefined {
  const { event, isKey } = node;
  if (event.type === EVENT_ID.SCALAR) return scalarProblem(text, event, node, dialect);
  if (!isKey || event.type === EVENT_ID.ALIAS) return undefined;
  const offset = startOf(event);
  // An expression that stands for a value of its own is read as a mapping whose key is a mapping.
  const start = text.lastIndexOf('{{', offset);
  if (start >= 0 && text.slice(start + 1, offset).trim() === '')
    return { offset, message: templateMessage(text, start) };
  return { offset, message: 'expected text as a key, got a list or a mapping; correct the line' };
}

function scalarProblem(
  text: string,
  event: ScalarEvent,
  { path }: YamlNode,
  dialect: YamlDialect,
): NodeProblem | undefined {
  const offset = startOf(event);
  const value = text.slice(event.valueStart, event.valueEnd);
  const where = path.length === 0 ? '' : `${formatPath(path)}: `;
  if (!getScalarValue(text, event).isWellFormed()) {
    const message = `${where}expected text, got half of a surrogate pair, which would change silently; write the whole character`;
    return { offset, message, isInScalar: true };
  }
  if (!isNumeric(text, event)) return undefined;
  const integer = integerOf(getScalarValue(text, event), dialect);
  if (integer !== undefined && !Number.isSafeInteger(integer)) {
    const message = `${where}expected an integer of at most 2^53 - 1 (9007199254740991), got ${value}, which would change silently; put it into quotes where text will do`;
    return { offset, message, isInScalar: true };
  }
  if (integer === undefined && !isFiniteNumber(value)) {
    return {
      offset,
      message: `${where}expected a number that JSON can hold, got ${value}; put it into quotes if it is text`,
      isInScalar: true,
    };
  }
  return undefined;
}

/** Whether a scalar may be read as a number: it is not in quotes, or a tag says so. */
function isNumeric(text: string, { style, tagStart, tagEnd }: ScalarEvent): boolean {
  return tagStart < 0 ? style === SCALAR_STYLE.PLAIN : /(int|float)>?$/.test(text.slice(tagStart, tagEnd));
}

function isFiniteNumber(text: string): boolean {
  if (/^([-+]?\.inf|\.nan)$/i.test(text)) return false;
  return !/^[-+]?\d[\d.]*[eE][-+]?\d+$/.test(text) || Number.isFinite(Number(text));
}

/** Finds aliases of a document that lead back to what they stand in, which no object can have. */
export function aliasProblems(text: string): (node: YamlNode) => NodeProblem | undefined {
  const anchors = new Map<string, Path>();
  return ({ event, path }) => {
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    if (event.type !== EVENT_ID.ALIAS) {
      if (event.anchorStart >= 0) anchors.set(name, path);
      return undefined;
    }
    const anchored = anchors.get(name);
    if (anchored === undefined || !anchored.every((step, index) => path[index] === step)) return undefined;
    if (anchored.length === path.length) return undefined;
    const message = `expected an alias of what is complete, got *${name} inside of what it stands for; write out what is meant`;
    return { offset: startOf(event), message };
  };
}

/** The template expression that made a line, or the one after it, unreadable. */
export function templateProblem(
  lines: readonly string[],
  failed: number,
): { line: number; message: string } | undefined {
  for (const line of [failed, failed - 1]) {
    const text = lines[line - 1] ?? '';
    const isExpression = line === failed ? text.includes('{{') : text.trimStart().startsWith('{{');
    if (isExpression && !text.trimStart().startsWith('#'))
      return { line, message: templateMessage(text, text.indexOf('{{')) };
  }
  return undefined;
}

/** `text` from `start` on is the expression. */
export function templateMessage(text: string, start: number): string {
  const [line = ''] = text.slice(start).split('\n');
  const end = line.indexOf('}}');
  const expression = end < 0 ? line.trim() : line.slice(0, end + 2);
  return `expected rendered YAML, got the template expression ${expression.slice(0, 80)}; render the template first (helm template), and give what it renders`;
}
