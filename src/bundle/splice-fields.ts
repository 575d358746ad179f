import type { FieldStep } from '../mesh/field-path.ts';
import { hasKeys, isObject } from './field-set.ts';
import { matchItems } from './match-items.ts';

type Steps = readonly FieldStep[];

/** `keep`: the left state gets the right one's value, or lack of it. `drop`: both lose the field. */
export type Splice = 'keep' | 'drop';

/**
 * Splices the fields at these paths wherever two states have them in common: items of lists that only one of them has
 * stay as they are. Items that are foreign as a whole come, and go, with those of the right state.
 */
export function spliceFields(left: unknown, right: unknown, paths: readonly Steps[], splice: Splice): void {
  if (Array.isArray(left) && Array.isArray(right)) spliceLists(left, right, paths, splice);
  else if (isObject(left) && isObject(right)) spliceObjects(left, right, paths, splice);
}

function spliceObjects(
  left: Record<string, unknown>,
  right: Record<string, unknown>,
  paths: readonly Steps[],
  splice: Splice,
): void {
  const byField = Map.groupBy(paths, ([step]) => (step && 'field' in step ? step.field : undefined));
  for (const [field, meant] of byField) {
    if (field === undefined) continue;
    if (meant.some(({ length }) => length === 1)) {
      if (splice === 'drop') delete right[field];
      if (right[field] === undefined) delete left[field];
      else left[field] = structuredClone(right[field]);
    }
    const tails = meant.filter(({ length }) => length > 1).map((path) => path.slice(1));
    if (tails.length > 0) spliceInner({ left, right, field }, tails, splice);
  }
}

/** What is theirs can stand in a mapping that the other state does not have. */
function spliceInner(
  { left, right, field }: { left: Record<string, unknown>; right: Record<string, unknown>; field: string },
  tails: readonly Steps[],
  splice: Splice,
): void {
  const hadBoth = left[field] !== undefined && right[field] !== undefined;
  if (left[field] === undefined && isObject(right[field])) left[field] = {};
  if (right[field] === undefined && isObject(left[field])) right[field] = {};
  spliceFields(left[field], right[field], tails, splice);
  if (hadBoth) return;
  for (const side of [left, right]) {
    if (isObject(side[field]) && Object.keys(side[field]).length === 0) delete side[field];
  }
}

function spliceLists(left: unknown[], right: unknown[], paths: readonly Steps[], splice: Splice): void {
  const wholes = paths.filter(({ length }) => length === 1);
  const inner = paths.filter(({ length }) => length > 1);
  const isWhole = (item: unknown) => wholes.some(([step]) => selects(step, item));
  const mine = left.filter((item) => !isWhole(item));
  const theirs = right.filter((item) => !isWhole(item));
  const every = inner.filter(([step]) => step && 'items' in step).map((path) => path.slice(1));
  const pairs = matchItems(mine, theirs, every);
  for (const [at, other] of pairs) {
    const item = mine[at];
    const tails = inner.filter(([step]) => selects(step, item)).map((path) => path.slice(1));
    spliceFields(item, theirs[other], tails, splice);
  }
  if (wholes.length === 0) return;
  const kept = splice === 'drop' ? mine : withWholes(mine, { right, theirs, pairs, isWhole });
  left.splice(0, left.length, ...kept);
  if (splice === 'drop') right.splice(0, right.length, ...theirs);
}

interface Wholes {
  right: readonly unknown[];
  theirs: readonly unknown[];
  pairs: readonly [number, number][];
  isWhole: (item: unknown) => boolean;
}

/** Puts the foreign items where they stand in the right list: behind the same item, or in front of all. */
function withWholes(mine: readonly unknown[], { right, theirs, pairs, isWhole }: Wholes): unknown[] {
  const own = new Map(pairs.map(([at, other]) => [theirs[other], mine[at]]));
  const front: unknown[] = [];
  const behind = new Map<unknown, unknown[]>();
  let last: unknown;
  for (const item of right) {
    if (!isWhole(item)) {
      last = own.get(item) ?? last;
      continue;
    }
    const place = last === undefined ? front : (behind.get(last) ?? []);
    place.push(structuredClone(item));
    if (last !== undefined) behind.set(last, place);
  }
  return [...front, ...mine.flatMap((item) => [item, ...(behind.get(item) ?? [])])];
}

function selects(step: FieldStep | undefined, item: unknown): boolean {
  if (step === undefined || 'field' in step) return false;
  return 'items' in step || hasKeys(item, step.keys);
}
