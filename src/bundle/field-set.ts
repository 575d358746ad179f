import { isDeepStrictEqual } from 'node:util';
import type { FieldStep } from '../mesh/field-path.ts';

/**
 * What managedFields say of a value. The form is that of structured-merge-diff: `f:` a field, `k:` an item by its
 * keys, `v:` an item by its value, `i:` an item by its index, `.` the thing itself. One without anything inside is
 * owned as one: a scalar, or a list or mapping that server-side apply treats as atomic.
 */
export type FieldSet = Record<string, unknown>;

export function isLeaf(set: FieldSet): boolean {
  return Object.keys(set).every((key) => key === '.');
}

/** The part of a set that is about a field. */
export function fieldIn(set: FieldSet, field: string): FieldSet | undefined {
  return set[`f:${field}`] as FieldSet | undefined;
}

/** The part of a set that is about one item of a list. */
export function itemIn(set: FieldSet, item: unknown, index: number): FieldSet | undefined {
  return Object.entries(set).find(([key]) => key !== '.' && selects(key, item, index))?.[1] as FieldSet | undefined;
}

/** Whether a set names what the steps lead to, something inside of it, or an atomic value that holds it. */
export function reaches(set: FieldSet, [step, ...rest]: readonly FieldStep[]): boolean {
  if (step === undefined) return true;
  return Object.entries(set).some(([key, inner]) => {
    if (!stepMeets(step, key)) return false;
    return isLeaf(inner as FieldSet) || reaches(inner as FieldSet, rest);
  });
}

function stepMeets(step: FieldStep, key: string): boolean {
  if ('field' in step) return key === `f:${step.field}`;
  if (!/^[kvi]:/.test(key)) return false;
  return 'items' in step || (key.startsWith('k:') && hasKeys(JSON.parse(key.slice(2)), step.keys));
}

/** Whether a value has something where the steps lead. */
export function reachesValue(value: unknown, [step, ...rest]: readonly FieldStep[]): boolean {
  if (step === undefined) return value !== undefined;
  if ('field' in step) return isObject(value) && reachesValue(value[step.field], rest);
  if (!Array.isArray(value)) return false;
  return value.some((item) => ('items' in step || hasKeys(item, step.keys)) && reachesValue(item, rest));
}

/** Whether an item of a list has these keys. */
export function hasKeys(item: unknown, keys: Record<string, unknown>): boolean {
  return isObject(item) && Object.entries(keys).every(([name, wanted]) => item[name] === wanted);
}

/** The part of `value` that a set names. */
export function ownedPart(set: FieldSet, value: unknown): unknown {
  const entries = Object.entries(set).filter(([key]) => key !== '.');
  if (entries.length === 0) return value;
  if (entries.every(([key]) => key.startsWith('f:'))) {
    const object = isObject(value) ? value : {};
    return Object.fromEntries(
      entries
        .map(([key, inner]) => [key.slice(2), ownedPart(inner as FieldSet, object[key.slice(2)])])
        .filter(([, part]) => part !== undefined),
    );
  }
  const items = Array.isArray(value) ? value : [];
  return items.flatMap((item, index) => {
    const entry = entries.find(([key]) => selects(key, item, index));
    return entry ? [ownedItem(entry, item)] : [];
  });
}

function ownedItem([key, inner]: [string, unknown], item: unknown): unknown {
  const part = ownedPart(inner as FieldSet, item);
  // The keys of an item are part of what was applied, whether or not they are listed again as fields.
  return key.startsWith('k:') && isObject(part) ? { ...keysWritten(key, inner), ...part } : part;
}

function keysWritten(key: string, inner: unknown): Record<string, unknown> {
  const keys = JSON.parse(key.slice(2)) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(keys).filter(([name]) => `f:${name}` in (inner as object)));
}

function selects(key: string, item: unknown, index: number): boolean {
  if (key.startsWith('v:')) return isDeepStrictEqual(JSON.parse(key.slice(2)), item);
  if (key.startsWith('i:')) return Number(key.slice(2)) === index;
  return key.startsWith('k:') && hasKeys(item, JSON.parse(key.slice(2)) as Record<string, unknown>);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
