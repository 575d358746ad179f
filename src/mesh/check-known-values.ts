import { type Finding, show } from './finding.ts';
import { fieldsOf, knownMinors, namesOf, placesOf, rootType } from './known-values.ts';
import { isMapping } from './merge-deep.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Path } from './positions.ts';
import { unknownKeys } from './unknown-keys.ts';

/** Which values are looked at, and how. */
export interface KnownValuesOptions {
  /** Where the values stand in the mesh file. */
  path: Path;
  /** Version of Istio that takes them. */
  version: string;
  /** What the mesh file says in a place of its own, by the path of the value. */
  reserved: ReadonlyMap<string, string>;
}

/**
 * Keys that Istio does not know and types that it does not take. Keys and names are not judged where the values of its
 * minor version are not known here.
 */
export function checkKnownValues(values: unknown, { path, version, reserved }: KnownValuesOptions): Finding[] {
  const minor = version.split('.').slice(0, 2).join('.');
  const look: Look = { minor, judged: knownMinors.includes(minor), root: path.length, reserved };
  return checkType(values, rootType, path, look);
}

interface Look {
  minor: string;
  /** Whether what is not known is wrong. */
  judged: boolean;
  /** Length of the path that values have. */
  root: number;
  reserved: ReadonlyMap<string, string>;
}

/** What a type takes; `undefined` where a value is that. */
type Expected = (value: unknown) => string | undefined;

const scalarTypes: Readonly<Record<string, Expected>> = {
  any: () => undefined,
  struct: (value) => (isMapping(value) ? undefined : 'a mapping'),
  list: (value) => (Array.isArray(value) ? undefined : 'a list'),
  string: (value) => (typeof value === 'string' ? undefined : 'text'),
  bool: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  int: (value) => (isNumber(value, /^-?\d+$/) ? undefined : 'a whole number'),
  float: (value) => (isNumber(value, /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i) ? undefined : 'a number'),
  duration: (value) => (isDuration(value) ? undefined : 'a duration such as 5s, 250ms or 1m30s'),
  'int-or-string': (value) =>
    typeof value === 'string' || Number.isInteger(value) ? undefined : 'a whole number or text such as 25%',
};

/** Istio takes a number in quotes for what it is. */
function isNumber(value: unknown, pattern: RegExp): boolean {
  return (typeof value === 'number' || typeof value === 'string') && pattern.test(String(value));
}

/** As Go reads it. */
function isDuration(value: unknown): boolean {
  return typeof value === 'string' && /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+)$/.test(value);
}

function checkType(value: unknown, type: string, path: Path, look: Look): Finding[] {
  // What is empty is left to Istio's own default.
  if (value === null || value === undefined) return [];
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return [unfit(value, 'a list', path)];
    return value.flatMap((item, index) => checkType(item, type.slice(2), [...path, index], look));
  }
  if (type.startsWith('{}')) {
    if (!isMapping(value)) return [unfit(value, 'a mapping', path)];
    return Object.entries(value).flatMap(([key, below]) => checkType(below, type.slice(2), [...path, key], look));
  }
  const allowed = namesOf(type);
  if (allowed) return checkName(value, allowed, path, look);
  const fields = fieldsOf(type);
  if (fields === undefined) {
    const expected = scalarTypes[type]?.(value);
    return expected === undefined ? [] : [unfit(value, expected, path)];
  }
  if (!isMapping(value)) return [unfit(value, 'a mapping', path)];
  const names = Object.keys(fields);
  const unknown = look.judged ? Object.keys(value).filter((key) => !Object.hasOwn(fields, key)) : [];
  return [
    ...Object.entries(value).flatMap(([key, below]) => {
      const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
      return known === undefined ? [] : checkType(below, known, [...path, key], look);
    }),
    ...unknownKeys(path, unknown, (key) => unknownKey(key, names, path, look)),
  ];
}

function checkName(value: unknown, names: readonly string[], path: Path, { judged }: Look): Finding[] {
  if (typeof value === 'string' ? names.includes(value) || !judged : Number.isInteger(value)) return [];
  const all = names.map((name) => JSON.stringify(name)).join(', ');
  const meant = typeof value === 'string' ? nearest(value, names) : undefined;
  const remedy = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return [{ path, message: `expected one of ${all}, got ${show(value)}${remedy}` }];
}

function unfit(value: unknown, expected: string, path: Path): Finding {
  return { path, message: `expected ${expected}, got ${show(value)}${quotes(value, expected)}` };
}

function quotes(value: unknown, expected: string): string {
  if (expected === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return '; put it in quotes';
  if (expected === 'true or false' && (value === 'true' || value === 'false')) return '; take the quotes away';
  return '';
}

function unknownKey(key: string, known: readonly string[], path: Path, look: Look): Finding {
  const message = `expected a key that Istio ${look.minor} knows, got ${show(key)}; ${remedyFor(key, { known, path, look })}`;
  return { path: [...path, key], message };
}

/** Messages with more fields than this are not listed. */
const few = 12;

function remedyFor(key: string, { known, path, look }: { known: readonly string[]; path: Path; look: Look }): string {
  const near = nearest(key, known);
  if (near !== undefined) {
    const place = look.reserved.get([...path.slice(look.root), near].join('.'));
    return place === undefined ? `did you mean "${near}"?` : `did you mean "${near}"? set ${place}`;
  }
  const [elsewhere] = placesOf(key);
  if (elsewhere !== undefined) {
    const place = look.reserved.get(elsewhere);
    return place === undefined ? `did you mean ${elsewhere}?` : `set ${place}`;
  }
  return known.length <= few ? `${didYouMean(key, known)}; remove it` : 'remove it';
}
