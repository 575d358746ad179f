import { isMapping } from '../../mesh/merge-deep.ts';

/**
 * Lays a patch over a value: mappings are merged, null takes a field away, the items of lists whose items have names
 * are found by those names, everything else is replaced. Neither is changed.
 */
export function mergePatch(base: unknown, patch: unknown): unknown {
  if (isMapping(patch)) return mergeMapping(isMapping(base) ? base : {}, patch);
  if (Array.isArray(base) && isNamed(base) && Array.isArray(patch) && isNamed(patch)) return mergeNamed(base, patch);
  return patch;
}

function mergeMapping(base: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

interface Named {
  name: string;
  [field: string]: unknown;
}

function mergeNamed(base: Named[], patch: Named[]): unknown[] {
  const known = new Set(base.map(({ name }) => name));
  return [
    ...base.map((item) => {
      const change = patch.find(({ name }) => name === item.name);
      return change === undefined ? item : mergePatch(item, change);
    }),
    ...patch.filter(({ name }) => !known.has(name)),
  ];
}

function isNamed(list: unknown[]): list is Named[] {
  return list.every((item) => isMapping(item) && typeof item.name === 'string');
}
