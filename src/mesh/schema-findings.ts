import { z } from 'zod';
import { type Finding, show } from './finding.ts';
import { didYouMean } from './nearest.ts';
import type { Path } from './positions.ts';
import { unknownKeys } from './unknown-keys.ts';

export type SchemaResult<T> = { kind: 'valid'; value: T } | { kind: 'invalid'; findings: Finding[] };

/** The same in every environment, by design. */
const neverOverridden = new Set(['version', 'revision', 'installer', 'meshID', 'trustDomain']);

/** Checks a value against a schema and says everything that is not right with it. */
export function checkSchema<S extends z.ZodType>(schema: S, value: unknown): SchemaResult<z.output<S>> {
  const knownKeys = new Map<string, string[]>();
  const result = schema.safeParse(value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
        knownKeys.set(keyOf(issue.path), Object.keys(issue.inst.shape));
      }
      return expectation(issue);
    },
  });
  if (result.success) return { kind: 'valid', value: result.data };
  const findings = result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [valueFinding(issue, value)];
    const path = pathOf(issue);
    const known = knownKeys.get(keyOf(issue.path)) ?? [];
    return unknownKeys(path, issue.keys, (key) => unknownKey(path, key, known));
  });
  return { kind: 'invalid', findings };
}

function valueFinding(issue: z.core.$ZodIssue, document: unknown): Finding {
  // A bad key of a mapping is reported with the issues of the key's own schema inside.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const path = pathOf(issue);
  const got = issue.code === 'invalid_key' ? path.at(-1) : valueAt(document, path);
  if (got === undefined || got === null) return { path, message: `expected ${message}, got nothing; add it` };
  const values = issue.code === 'invalid_value' ? issue.values.filter((each) => typeof each === 'string') : [];
  const meant = typeof got === 'string' && values.length > 1 ? `; ${didYouMean(got, values)}` : '';
  return { path, message: `expected ${message}, got ${show(got)}${meant}` };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    document,
  );
}

function unknownKey(path: Path, key: string, known: readonly string[]): Finding {
  const cure =
    path.includes('overrides') && neverOverridden.has(key)
      ? 'it is the same in every environment: set it once, outside the overrides'
      : didYouMean(key, known);
  return { path: [...path, key], message: `expected a known key, got ${show(key)}; ${cure}` };
}

/** What ends the sentence "expected …" where the schema itself does not say it. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'some text' : `at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

const typeNames: Record<string, string> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function pathOf(issue: { path: PropertyKey[] }): (string | number)[] {
  return issue.path.filter((step) => typeof step !== 'symbol');
}

function keyOf(path: unknown): string {
  return JSON.stringify(path ?? []);
}
