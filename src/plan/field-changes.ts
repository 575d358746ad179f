import { isDeepStrictEqual } from 'node:util';
import { isMapping } from '../mesh/merge-deep.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { alignLists } from './align-lists.ts';
import { textPatch } from './text-patch.ts';

/**
 * One field that an apply would change. The path is as a person writes it, `.spec.template.spec.containers[discovery].image`:
 * an item of a list is named by what tells it apart, or by its index (of the list before where it is removed, else after).
 */
export type FieldChange = { path: string } & (
  | {
      /** Absent for a new field. */
      before?: unknown;
      /** Absent for a removed one. */
      after?: unknown;
    }
  /** Of a text: the pieces that differ, as `textPatch` writes them. */
  | { patch: string[] }
  /** Of a list whose items are told apart by a key: its keys, where the order is not the one that follows by itself. */
  | { order: { before: string[]; after: string[] } }
);

/** Written by the API server at every change, and so never a change of its own. */
const serverMetadata = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp']);

/** Every field in which two states of one object differ, status and bookkeeping apart. */
export function fieldChanges(before: KubernetesObject, after: KubernetesObject): FieldChange[] {
  return [...differences('', withoutBookkeeping(before), withoutBookkeeping(after))];
}

/** An object without what the API server and controllers tell about it. */
export function withoutBookkeeping({ status: _status, metadata, ...rest }: KubernetesObject): Record<string, unknown> {
  return {
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !serverMetadata.has(field))),
  };
}

/** Every field in which two values differ; `path` leads to them. */
export function* differences(path: string, before: unknown, after: unknown): Generator<FieldChange> {
  if (isDeepStrictEqual(before, after)) return;
  if (isMapping(before) && isMapping(after)) yield* mappingDifferences(path, before, after);
  else if (Array.isArray(before) && Array.isArray(after)) yield* listDifferences(path, before, after);
  else yield valueDifference(path, before, after);
}

function* mappingDifferences(
  path: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Generator<FieldChange> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    yield* differences(path + fieldStep(key), before[key], after[key]);
  }
}

/** Equal texts apart, a text of several lines or a long one is shown by what differs in it. */
function valueDifference(path: string, before: unknown, after: unknown): FieldChange {
  const patch = isLongText(before) && isLongText(after) ? textPatch(before, after) : undefined;
  if (patch) return { path, patch };
  return {
    path: path || '.',
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

const longestShort = 160;

function isLongText(value: unknown): value is string {
  return typeof value === 'string' && (value.includes('\n') || value.length > longestShort);
}

function* listDifferences(path: string, before: unknown[], after: unknown[]): Generator<FieldChange> {
  const key = keyOf(before, after);
  if (key !== undefined) {
    yield* keyedDifferences(path, key, [itemsByKey(before, key), itemsByKey(after, key)]);
    return;
  }
  const pairs = alignLists(before, after);
  if (pairs === undefined) {
    yield { path, before, after };
    return;
  }
  for (const pair of pairs) {
    const item = (list: unknown[], index: number | undefined) => (index === undefined ? undefined : list[index]);
    yield* differences(`${path}[${pair.after ?? pair.before}]`, item(before, pair.before), item(after, pair.after));
  }
}

function* keyedDifferences(
  path: string,
  key: string,
  [before, after]: [Map<string, unknown>, Map<string, unknown>],
): Generator<FieldChange> {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    yield* differences(path + itemStep(key, name), before.get(name), after.get(name));
  }
  const kept = [...before.keys()].filter((name) => after.has(name));
  const added = [...after.keys()].filter((name) => !before.has(name));
  // Order can matter: that of environment variables, that of routes.
  if (!isDeepStrictEqual([...kept, ...added], [...after.keys()])) {
    yield { path, order: { before: [...before.keys()], after: [...after.keys()] } };
  }
}

/** What tells the items of a list apart, the first that does in both lists. */
const itemKeys = ['name', 'key', 'port', 'mountPath', 'topologyKey', 'type'];

function keyOf(before: unknown[], after: unknown[]): string | undefined {
  return itemKeys.find((key) => isKey(before, key) && isKey(after, key));
}

function isKey(items: unknown[], key: string): boolean {
  const values = items.map((item) => (isMapping(item) ? item[key] : undefined));
  const isPlain = values.every((value) => typeof value === 'string' || typeof value === 'number');
  return isPlain && new Set(values.map(String)).size === values.length;
}

function itemsByKey(items: unknown[], key: string): Map<string, unknown> {
  return new Map(items.map((item) => [String((item as Record<string, unknown>)[key]), item]));
}

function fieldStep(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function itemStep(key: string, name: string): string {
  const shown = /^[\w./:-]+$/.test(name) ? name : JSON.stringify(name);
  // A number by itself is an index.
  return key === 'name' && !/^\d+$/.test(name) ? `[${shown}]` : `[${key}=${shown}]`;
}
