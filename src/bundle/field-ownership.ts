import type { KubernetesObject } from '../ports/objects.ts';

/**
 * One step into an object as managedFields write it: a field's name, or the item of a list
 * that is found by its `name`.
 */
export type FieldStep = string | { name: string };

/**
 * Whether `manager` owns the field by server-side apply, by the live object's own account.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function ownsField(live: KubernetesObject, manager: string, path: readonly FieldStep[]): boolean {
  return (live.metadata.managedFields ?? []).some(
    (entry) =>
      entry.manager === manager &&
      entry.operation === 'Apply' &&
      entry.subresource === undefined &&
      holds(entry.fieldsV1, path),
  );
}

function holds(fields: unknown, path: readonly FieldStep[]): boolean {
  let current = fields;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return false;
    current = (current as Record<string, unknown>)[keyOf(step)];
  }
  return current !== undefined;
}

function keyOf(step: FieldStep): string {
  return typeof step === 'string' ? `f:${step}` : `k:${JSON.stringify({ name: step.name })}`;
}
