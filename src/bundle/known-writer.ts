import { type FieldStep, leadsInto } from '../mesh/field-path.ts';
import { type FieldSet, isLeaf } from './field-set.ts';
import type { ForeignField } from './foreign-fields.ts';
import { selectorGuards } from './well-known-owners.ts';

/**
 * The fields in a manager's set that the table does not leave to it. An atomic value counts as left where a part of it
 * is, for nobody can own less of it; the keys of an item only say which one it is.
 */
export function unknownFields(
  set: FieldSet,
  manager: string,
  known: readonly Pick<ForeignField, 'owners' | 'steps'>[],
): FieldStep[][] {
  const theirs = known.filter(({ owners }) => owners.includes(manager)).map(({ steps }) => steps);
  return leavesOf(set).filter((leaf) => {
    if (isGuarded(leaf, manager)) return false;
    return !theirs.some((steps) => leadsInto(steps, leaf) || leadsInto(leaf, steps));
  });
}

/** A cloud's requirements are a part of the selectors of webhooks. */
function isGuarded(leaf: readonly FieldStep[], manager: string): boolean {
  const last = leaf.at(-1);
  const isSelector = last !== undefined && 'field' in last && /^(namespace|object)Selector$/.test(last.field);
  return isSelector && selectorGuards.some(({ owner }) => owner === manager);
}

function leavesOf(set: FieldSet, steps: FieldStep[] = [], keys: readonly string[] = []): FieldStep[][] {
  const inner = Object.entries(set).filter(([key]) => key !== '.' && !keys.includes(key));
  if (inner.length === 0) return isLeaf(set) && steps.length > 0 ? [steps] : [];
  return inner.flatMap(([key, part]) => {
    const itemKeys = key.startsWith('k:') ? (JSON.parse(key.slice(2)) as Record<string, unknown>) : undefined;
    const step: FieldStep = key.startsWith('f:')
      ? { field: key.slice(2) }
      : itemKeys
        ? { keys: itemKeys }
        : { items: 'all' };
    const ignored = itemKeys ? Object.keys(itemKeys).map((name) => `f:${name}`) : [];
    return leavesOf(part as FieldSet, [...steps, step], ignored);
  });
}
