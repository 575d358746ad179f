import { z } from 'zod';
import { version } from '../version.ts';
import { formatPath, show } from './finding.ts';
import { isMapping } from './merge-deep.ts';
import { expectation } from './schema-findings.ts';

/** The version of every document that this program writes and reads. */
const apiVersion = 'istio-delivery/v1';

/** Lists and mappings inside of each other; those of an object come on top. Whatever goes through a document may do so by recursion. */
const deepest = 200;

/**
 * A schema for each field that a type has, optional ones too: with it, a field that is added to the type is missing in
 * the schema.
 */
export type ShapeOf<T> = { [Field in keyof T]-?: z.ZodType };

/** Why a text is no document of ours; the reason follows its name. */
export interface DocumentFault {
  /** `other kind`: a document, but not of those that were asked for. `other version`: of this program. */
  kind: 'broken' | 'other kind' | 'other version';
  reason: string;
  /** The kind that it is of, of another kind. */
  got?: string;
}

export type DocumentResult<T> = { kind: 'read'; value: T } | DocumentFault;

/**
 * Reads a JSON document that this program wrote: everything in it has the form that the schema says. `kinds` are those
 * that it may be of, where documents have one.
 */
export function readDocument<T>(text: string, schema: z.ZodType<T>, kinds: readonly string[] = []): DocumentResult<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', reason: text.trim() === '' ? 'it is empty' : 'it is no JSON, or was cut off' };
  }
  const fault = versionFault(value);
  if (fault !== undefined) return { kind: 'other version', reason: fault };
  const { apiVersion: written, kind } = isMapping(value) ? value : {};
  if (kinds.length > 0 && (written !== apiVersion || !kinds.some((each) => each === kind))) {
    const got = wordOf(kind, 'no kind');
    const reason = `expected a ${kinds.join(' or a ')} of ${apiVersion}, got ${got} of ${wordOf(written, 'no apiVersion')}`;
    return { kind: 'other kind', reason, got };
  }
  return checkDocument(value, schema);
}

/** The same of what is no text any more; nothing is asked about its version. */
export function checkDocument<T>(value: unknown, schema: z.ZodType<T>): DocumentResult<T> {
  if (isTooDeep(value)) {
    return { kind: 'broken', reason: `it has more than ${deepest} mappings and lists inside of each other` };
  }
  const result = schema.safeParse(value, { error: expectationOf });
  return result.success
    ? { kind: 'read', value: result.data }
    : { kind: 'broken', reason: issueText(result.error.issues, value) };
}

/** That a document is of another version than is read here; undefined where it is of none at all. */
function versionFault(value: unknown): string | undefined {
  const written = isMapping(value) ? value.apiVersion : undefined;
  if (typeof written !== 'string' || written === apiVersion || !written.startsWith('istio-delivery/')) return undefined;
  return `it is of ${wordOf(written, '')}, and istio-delivery ${version} reads ${apiVersion}: take the version that wrote it`;
}

function wordOf(value: unknown, nothing: string): string {
  if (value === undefined || value === null) return nothing;
  return typeof value === 'string' && /^[\w./-]{1,60}$/.test(value) ? value : show(value);
}

function issueText(issues: readonly z.core.$ZodIssue[], document: unknown): string {
  const found = deepestOf(issues, []);
  if (found === undefined) return 'it has another form';
  const { issue, path } = found;
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (key !== undefined) return `${formatPath([...path, key])} is unknown to istio-delivery ${version}`;
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  const got = issue.code === 'invalid_key' ? show(path.at(-1)) : show(valueAt(document, path));
  return `${path.length === 0 ? '' : `${formatPath(path)}: `}expected ${inner?.message ?? issue.message}, got ${got}`;
}

interface Found {
  issue: z.core.$ZodIssue;
  path: (string | number)[];
}

/** Of the forms that a value may have, the one that it comes nearest to tells what is wrong with it. */
function deepestOf(issues: readonly z.core.$ZodIssue[], base: readonly (string | number)[]): Found | undefined {
  const found = issues.flatMap((issue): Found[] => {
    const path = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
    const inner = issue.code === 'invalid_union' ? issue.errors.flatMap((each) => deepestOf(each, path) ?? []) : [];
    return inner.length > 0 ? inner : [{ issue, path }];
  });
  return found.reduce<Found | undefined>(
    (deep, each) => (deep === undefined || each.path.length > deep.path.length ? each : deep),
    undefined,
  );
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    document,
  );
}

/** The same as of a mesh file, and of a value that may have several forms. */
function expectationOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_union') return expectation(issue);
  return issue.discriminator === undefined ? 'another form' : `a known ${issue.discriminator}`;
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return true;
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each).filter((inner) => typeof inner === 'object') : [],
    );
  }
  return false;
}

/** A point in time as this program writes it. */
export const timeSchema = z.iso.datetime({ error: 'a time in ISO 8601' });
