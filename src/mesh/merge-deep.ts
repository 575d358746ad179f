/** Lays `over` on `base`: mappings are merged, everything else replaces. Neither is changed. */
export function mergeDeep<T extends object>(base: T, over: object): T {
  const merged = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value) ? mergeDeep(below, value) : value;
  }
  return merged as T;
}

/** Whether a value is a mapping of JSON. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
