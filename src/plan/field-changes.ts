import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../ports/objects.ts';

/** One field that an apply would change; `before` is absent for a new field, `after` for a removed one. */
export interface FieldChange {
  /** As a person writes it: `.spec.template.spec.containers[discovery].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** Written by the API server at every change, and so never a change of its own. */
const serverMetadata = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp']);

/** Every field in which two states of one object differ, status and bookkeeping apart. */
export function fieldChanges(before: KubernetesObject, after: KubernetesObject): FieldChange[] {
  return [...differences('', comparable(before), comparable(after))];
}

function comparable({ status: _status, metadata, ...rest }: KubernetesObject): Record<string, unknown> {
  return {
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !serverMetadata.has(field))),
  };
}

function* differences(path: string, before: unknown, after: unknown): Generator<FieldChange> {
  if (isDeepStrictEqual(before, after)) return;
  const left = parts(before);
  const right = parts(after);
  if (!left || !right || left.keyed !== right.keyed) {
    yield {
      path: path || '.',
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
    return;
  }
  for (const key of new Set([...left.values.keys(), ...right.values.keys()])) {
    const step = left.keyed ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
    yield* differences(path + step, left.values.get(key), right.values.get(key));
  }
  // Lists of named items can differ in their order alone, and order can matter.
  if (left.keyed && sameMembers(left.values, right.values)) {
    yield { path, before: [...left.values.keys()], after: [...right.values.keys()] };
  }
}

interface Parts {
  /** Whether these are the items of a list, by their names. */
  keyed: boolean;
  values: Map<string, unknown>;
}

/** A value's parts, when two values of its kind are best compared part by part. */
function parts(value: unknown): Parts | undefined {
  if (Array.isArray(value)) {
    const names = value.map((item: unknown) =>
      typeof item === 'object' && item !== null && 'name' in item ? String(item.name) : undefined,
    );
    if (names.length === 0 || names.includes(undefined) || new Set(names).size !== names.length) return undefined;
    return { keyed: true, values: new Map(value.map((item, index) => [String(names[index]), item])) };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return { keyed: false, values: new Map(Object.entries(value)) };
}

function sameMembers(left: Map<string, unknown>, right: Map<string, unknown>): boolean {
  return (
    left.size === right.size &&
    [...left].every(([key, value]) => isDeepStrictEqual(value, right.get(key))) &&
    !isDeepStrictEqual([...left.keys()], [...right.keys()])
  );
}
