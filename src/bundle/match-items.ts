import { isDeepStrictEqual } from 'node:util';
import type { FieldStep } from '../mesh/field-path.ts';
import { hasKeys, isObject } from './field-set.ts';

/**
 * Which item of one list is which of another one, by index: those of one name, then those that are equal apart from
 * what others own in them, then those that are most alike, and at last those at one index. Each is matched once.
 */
export function matchItems(
  left: readonly unknown[],
  right: readonly unknown[],
  foreign: readonly (readonly FieldStep[])[],
): [number, number][] {
  const [mine, theirs] = [left, right].map((list) => list.map((item) => withoutFields(item, foreign)));
  const pairs = new Map<number, number>();
  const taken = new Set<number>();
  const pair = (isMatch: (index: number, other: number) => boolean) => {
    for (const index of left.keys()) {
      if (pairs.has(index)) continue;
      const other = [...right.keys()].find((each) => !taken.has(each) && isMatch(index, each));
      if (other === undefined) continue;
      pairs.set(index, other);
      taken.add(other);
    }
  };
  pair((index, other) => nameOf(left[index]) !== undefined && nameOf(left[index]) === nameOf(right[other]));
  pair((index, other) => isDeepStrictEqual(mine?.[index], theirs?.[other]));
  for (const [index, other] of byLikeness(mine ?? [], theirs ?? [])) {
    if (pairs.has(index) || taken.has(other) || areOfTwoNames(left[index], right[other])) continue;
    pairs.set(index, other);
    taken.add(other);
  }
  pair((index, other) => index === other && !areOfTwoNames(left[index], right[other]));
  return [...pairs];
}

/** Pairs that have values in common, those with most of them first, and of these the nearest. */
function byLikeness(left: readonly unknown[], right: readonly unknown[]): [number, number][] {
  const leaves = right.map((item) => new Set(leavesOf(item)));
  return left
    .flatMap((item, index) => {
      const own = leavesOf(item);
      return leaves.map((other, at) => ({ index, at, common: own.filter((leaf) => other.has(leaf)).length }));
    })
    .filter(({ common }) => common > 0)
    .sort((a, b) => b.common - a.common || Math.abs(a.index - a.at) - Math.abs(b.index - b.at))
    .map(({ index, at }) => [index, at]);
}

function leavesOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, `${path}[]`));
  if (isObject(value)) return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key}`));
  return [`${path}=${JSON.stringify(value)}`];
}

function areOfTwoNames(left: unknown, right: unknown): boolean {
  return nameOf(left) !== nameOf(right) && nameOf(left) !== undefined && nameOf(right) !== undefined;
}

function nameOf(item: unknown): unknown {
  return isObject(item) ? item.name : undefined;
}

/** A copy without what the paths lead to. */
function withoutFields(value: unknown, paths: readonly (readonly FieldStep[])[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) removeField(copy, path);
  return copy;
}

function removeField(value: unknown, [step, ...rest]: readonly FieldStep[]): void {
  if (step === undefined) return;
  if ('field' in step) {
    if (!isObject(value)) return;
    if (rest.length === 0) delete value[step.field];
    else removeField(value[step.field], rest);
    return;
  }
  if (!Array.isArray(value)) return;
  const isMeant = (item: unknown) => 'items' in step || hasKeys(item, step.keys);
  if (rest.length === 0) value.splice(0, value.length, ...value.filter((item) => !isMeant(item)));
  for (const item of value.filter(isMeant)) removeField(item, rest);
}
