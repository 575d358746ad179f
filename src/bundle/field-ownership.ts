import type { FieldStep } from '../mesh/field-path.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../ports/objects.ts';
import { type FieldSet, reaches } from './field-set.ts';

/** On an object of ours: the field managers whose values an apply of a list kept, and whose account of it that erased. */
export const leftToAnnotation = 'istio-delivery/left-to';

/**
 * The sets of fields that a manager has applied, by the live object's own account.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function appliedSets(live: KubernetesObject, manager: string): FieldSet[] {
  return setsOf(
    live,
    (entry) => entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined,
  );
}

/** The sets of fields of every manager, status apart. */
export function allSets(live: KubernetesObject): FieldSet[] {
  return setsOf(live, () => true);
}

/** Which of these managers writes to what the steps lead to; undefined where none does. */
export function writerAmong(
  live: KubernetesObject,
  managers: readonly string[],
  steps: readonly FieldStep[],
): string | undefined {
  return managers.find(
    (manager) =>
      setsOf(live, (entry) => entry.manager === manager).some((set) => reaches(set, steps)) ||
      leftTo(live).includes(manager),
  );
}

/** The field managers that the annotation of the object names. */
export function leftTo(object: KubernetesObject): string[] {
  return object.metadata.annotations?.[leftToAnnotation]?.split(',') ?? [];
}

function setsOf(live: KubernetesObject, isMeant: (entry: ManagedFieldsEntry) => boolean): FieldSet[] {
  return (live.metadata.managedFields ?? [])
    .filter((entry) => entry.subresource !== 'status' && isMeant(entry))
    .map(({ fieldsV1 }) => fieldsV1)
    .filter((set) => set !== undefined);
}
