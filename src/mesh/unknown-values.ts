import { isMapping } from './merge-deep.ts';

/** A value of an object that nobody has checked, as a mapping; an empty one where it is something else. */
export function mappingOf(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}

/** The mappings in a list that nobody has checked; none where it is something else. */
export function mappingsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

/** The texts in a list that nobody has checked; none where it is something else. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
