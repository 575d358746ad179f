import type { KubernetesObject, ManagedFieldsEntry } from '../../src/ports/objects.ts';

/** A Deployment with overrides of its top-level fields. */
export function deployment(overrides: Partial<KubernetesObject> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system', generation: 1 },
    ...overrides,
  };
}

/** What the API server writes down of a manager's server-side apply. */
export function applied(
  fieldsV1: Record<string, unknown>,
  overrides: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  return { manager: 'istio-delivery', operation: 'Apply', apiVersion: 'apps/v1', fieldsV1, ...overrides };
}
