import { hasKeys } from '../bundle/field-set.ts';
import type { SharedValue } from '../bundle/leave-fields.ts';
import { spliceFields } from '../bundle/splice-fields.ts';
import type { FieldStep } from '../mesh/field-path.ts';
import type { FieldConflict } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** A field that an apply takes from its owner. */
export interface TakenField extends FieldConflict {
  /** Why it may be: the value is shared, and what is theirs in it stays. Absent for one that is taken whole. */
  reason?: string;
}

/** The conflict as a plan lists it, where it is about a value that an apply shares with its owner. */
export function sharedTaking(conflict: FieldConflict, shared: readonly SharedValue[]): TakenField | undefined {
  const value = shared.find(({ field }) => field === conflict.field);
  const part = value?.parts.find(({ field }) => field.owners.includes(conflict.owner));
  if (part === undefined) return undefined;
  const kept = part.steps.length > 0 ? `it keeps ${part.field.path}` : 'what it adds stays';
  return { ...conflict, reason: `${kept}: ${part.field.reason}` };
}

/**
 * The two states of an object without what others own in shared values: it is the same in both, and may have become
 * something else by the time the plan is carried out.
 */
export function withoutShared(
  before: KubernetesObject,
  after: KubernetesObject,
  shared: readonly SharedValue[],
): [KubernetesObject, KubernetesObject] {
  const states: [KubernetesObject, KubernetesObject] = [structuredClone(before), structuredClone(after)];
  for (const { steps, parts } of shared) {
    const [left, right] = states.map((state) => valueAt(state, steps));
    const paths = parts.map((part) => part.steps).filter(({ length }) => length > 0);
    spliceFields(left, right, paths, 'drop');
  }
  return states;
}

function valueAt(value: unknown, steps: readonly FieldStep[]): unknown {
  return steps.reduce<unknown>((inner, step) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    if ('field' in step) return (inner as Record<string, unknown>)[step.field];
    if (!Array.isArray(inner) || !('keys' in step)) return undefined;
    return inner.find((item: unknown) => hasKeys(item, step.keys)) as unknown;
  }, value);
}
