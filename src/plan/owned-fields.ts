import { isDeepStrictEqual } from 'node:util';
import { ownedPart } from '../bundle/field-set.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../ports/objects.ts';

/** What one field manager has applied to the object, in the version it was applied in. */
export function appliedFields(
  object: KubernetesObject,
  manager: string,
  apiVersion = object.apiVersion,
): Record<string, unknown> | undefined {
  return object.metadata.managedFields?.find((entry) => isApplyOf(entry, manager, apiVersion))?.fieldsV1;
}

function isApplyOf(entry: ManagedFieldsEntry, manager: string, apiVersion: string): boolean {
  return (
    entry.manager === manager &&
    entry.operation === 'Apply' &&
    entry.apiVersion === apiVersion &&
    entry.subresource === undefined
  );
}

/**
 * Whether the live object holds exactly what would be applied, and the manager owns exactly these fields: such an
 * object need not be sent. False also where values are written in two ways (`1000m` and `1`); a dry run decides then.
 */
export function agrees(form: KubernetesObject, live: KubernetesObject, manager: string): boolean {
  const fields = appliedFields(live, manager, form.apiVersion);
  if (!fields) return false;
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = form;
  const { name: _name, namespace: _namespace, ...meta } = metadata;
  const wanted = Object.keys(meta).length > 0 ? { ...rest, metadata: meta } : rest;
  return isDeepStrictEqual(ownedPart(fields, live), wanted);
}
