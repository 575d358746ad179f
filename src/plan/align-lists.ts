import { isDeepStrictEqual } from 'node:util';
import { diffArrays } from 'diff';
import { canonicalJson } from '../bundle/canonical-json.ts';

/** An item of a list before, and what has become of it; either index is absent where it was added or removed. */
export interface ItemPair {
  before?: number;
  after?: number;
}

/** Lists that differ in more items are shown as a whole. */
const mostEdits = 2000;

/** Removed and added items of one place are held against each other up to this many pairs. */
const mostPairs = 10_000;

/**
 * Which item of one list is which of another, where nothing names them: equal ones in their order, and between them those
 * that are most alike. Items that are equal in both lists are left out. Undefined where the lists have too little in common.
 */
export function alignLists(before: readonly unknown[], after: readonly unknown[]): ItemPair[] | undefined {
  const parts = diffArrays(before.map(canonicalJson), after.map(canonicalJson), { maxEditLength: mostEdits });
  if (parts === undefined) return undefined;
  const pairs: ItemPair[] = [];
  let [left, right] = [0, 0];
  let [gone, come]: [number[], number[]] = [[], []];
  const settle = () => {
    pairs.push(...pairUp(gone, come, (i, j) => likeness(before[i], after[j])));
    [gone, come] = [[], []];
  };
  for (const { added, removed, value } of parts) {
    for (const _item of value) {
      if (removed) gone.push(left++);
      else if (added) come.push(right++);
      else {
        settle();
        [left, right] = [left + 1, right + 1];
      }
    }
  }
  settle();
  return pairs;
}

/** Pairs in order, so that those together are as alike as they can be; what is like nothing stays alone. */
function pairUp(gone: number[], come: number[], alike: (before: number, after: number) => number): ItemPair[] {
  const alone = [...gone.map((before) => ({ before })), ...come.map((after) => ({ after }))];
  const [before, ...moreGone] = gone;
  const [after, ...moreCome] = come;
  // One item in the place of one is that item changed, whatever is left of it.
  if (before !== undefined && after !== undefined && moreGone.length + moreCome.length === 0)
    return [{ before, after }];
  if (gone.length === 0 || come.length === 0 || gone.length * come.length > mostPairs) return alone;
  const scores = gone.map((before) => come.map((after) => alike(before, after)));
  const best = bestSums(scores);
  const pairs: ItemPair[] = [];
  let [i, j] = [0, 0];
  while (i < gone.length || j < come.length) {
    const here = best[i]?.[j] ?? 0;
    const score = scores[i]?.[j] ?? 0;
    const [before, after] = [gone[i], come[j]];
    if (before !== undefined && after !== undefined && score > 0 && here === score + (best[i + 1]?.[j + 1] ?? 0)) {
      pairs.push({ before, after });
      [i, j] = [i + 1, j + 1];
    } else if (before !== undefined && (after === undefined || here === (best[i + 1]?.[j] ?? 0))) {
      pairs.push({ before });
      i += 1;
    } else if (after !== undefined) {
      pairs.push({ after });
      j += 1;
    }
  }
  return pairs;
}

/** The best sum of scores that pairs from row `i` and column `j` on can have. */
function bestSums(scores: readonly number[][]): number[][] {
  const columns = scores[0]?.length ?? 0;
  const best = Array.from({ length: scores.length + 1 }, () => new Array<number>(columns + 1).fill(0));
  for (let i = scores.length - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      const below = best[i + 1]?.[j] ?? 0;
      const beside = best[i]?.[j + 1] ?? 0;
      const both = (scores[i]?.[j] ?? 0) + (best[i + 1]?.[j + 1] ?? 0);
      (best[i] ?? [])[j] = Math.max(below, beside, both);
    }
  }
  return best;
}

/** Share of the leaves that two values have in common, 0 to 1; plain values are alike only when they are equal. */
function likeness(left: unknown, right: unknown): number {
  const [own, other] = [leaves(left), leaves(right)];
  if (own === undefined || other === undefined) return isDeepStrictEqual(left, right) ? 1 : 0;
  const most = Math.max(own.length, other.length);
  const counts = new Map<string, number>();
  for (const leaf of own) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  let shared = 0;
  for (const leaf of other) {
    const count = counts.get(leaf) ?? 0;
    if (count > 0) shared += 1;
    counts.set(leaf, count - 1);
  }
  return most === 0 ? 1 : shared / most;
}

/** Every plain value with the fields that lead to it; list positions do not count. */
function leaves(value: unknown, path = ''): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Array.isArray(value)
    ? value.map((item: unknown) => ['[]', item] as const)
    : Object.entries(value).map(([key, item]) => [`.${key}`, item] as const);
  return entries.flatMap(([step, item]) => leaves(item, path + step) ?? [`${path}${step}=${JSON.stringify(item)}`]);
}
