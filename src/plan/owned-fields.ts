import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, ManagedFieldsEntry } from '../ports/objects.ts';

/** What one field manager has applied to the object, in the version it was applied in. */
export function appliedFields(
  object: KubernetesObject,
  manager: string,
  apiVersion = object.apiVersion,
): Record<string, unknown> | undefined {
  return object.metadata.managedFields?.find((entry) => isApplyOf(entry, manager, apiVersion))?.fieldsV1;
}

function isApplyOf(entry: ManagedFieldsEntry, manager: string, apiVersion: string): boolean {
  return (
    entry.manager === manager &&
    entry.operation === 'Apply' &&
    entry.apiVersion === apiVersion &&
    entry.subresource === undefined
  );
}

/**
 * Whether the live object holds exactly what would be applied, and the manager owns exactly these fields: such an
 * object need not be sent. False also where values are written in two ways (`1000m` and `1`); a dry run decides then.
 */
export function agrees(form: KubernetesObject, live: KubernetesObject, manager: string): boolean {
  const fields = appliedFields(live, manager, form.apiVersion);
  if (!fields) return false;
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = form;
  const { name: _name, namespace: _namespace, ...meta } = metadata;
  const wanted = Object.keys(meta).length > 0 ? { ...rest, metadata: meta } : rest;
  return isDeepStrictEqual(ownedPart(fields, live), wanted);
}

/**
 * The part of `value` that a set of fields names. The form of fieldsV1 is that of structured-merge-diff:
 * `f:` a field, `k:` an item by its keys, `v:` an item by its value, `i:` an item by its index, `.` the thing itself.
 */
function ownedPart(fields: Record<string, unknown>, value: unknown): unknown {
  const entries = Object.entries(fields).filter(([key]) => key !== '.');
  if (entries.length === 0) return value;
  if (entries.every(([key]) => key.startsWith('f:'))) {
    const object = isObject(value) ? value : {};
    return Object.fromEntries(
      entries
        .map(([key, inner]) => [key.slice(2), ownedPart(inner as Record<string, unknown>, object[key.slice(2)])])
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
  const part = ownedPart(inner as Record<string, unknown>, item);
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
  const keys = JSON.parse(key.slice(2)) as Record<string, unknown>;
  return isObject(item) && Object.entries(keys).every(([name, wanted]) => item[name] === wanted);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
