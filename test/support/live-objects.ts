import type { KubernetesObject, ManagedFieldsEntry } from '../../src/ports/objects.ts';

/** An object as an API server gives it: with what it writes down of who has written what. */
export function live(
  object: KubernetesObject,
  ...writers: (Partial<ManagedFieldsEntry> & Pick<ManagedFieldsEntry, 'manager' | 'fieldsV1'>)[]
): KubernetesObject {
  const managedFields = writers.map(
    (writer): ManagedFieldsEntry => ({ operation: 'Update', apiVersion: object.apiVersion, ...writer }),
  );
  return { ...object, metadata: { ...object.metadata, resourceVersion: '7', managedFields } };
}

/** The entry of what istio-delivery has applied. */
export function ours(fieldsV1: Record<string, unknown>): Pick<ManagedFieldsEntry, 'manager' | 'operation'> & {
  fieldsV1: Record<string, unknown>;
} {
  return { manager: 'istio-delivery', operation: 'Apply', fieldsV1 };
}

/** A route of a VirtualService to hosts, with their weights. */
export function route(prefix: string, weights: Record<string, number>, name?: string): Record<string, unknown> {
  return {
    ...(name === undefined ? {} : { name }),
    match: [{ uri: { prefix } }],
    route: Object.entries(weights).map(([host, weight]) => ({ destination: { host }, weight })),
  };
}

export function virtualService(http: unknown[], more: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'cart', namespace: 'shop', labels: { 'istio-delivery/mesh': 'acme' } },
    spec: { hosts: ['cart'], http, ...more },
  };
}

export function destinationRule(subsets: unknown[]): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'cart', namespace: 'shop', labels: { 'istio-delivery/mesh': 'acme' } },
    spec: { host: 'cart', subsets },
  };
}

export interface WebhookParts {
  name?: string;
  failurePolicy?: string;
  caBundle?: string;
  namespaceSelector?: object;
  objectSelector?: object;
}

export function webhooks(kind: 'Mutating' | 'Validating', ...parts: WebhookParts[]): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: 'istio', labels: { 'istio-delivery/mesh': 'acme' } },
    webhooks: parts.map(({ name = 'a.istio.io', caBundle, ...rest }) => ({
      name,
      clientConfig: { service: { name: 'istiod' }, ...(caBundle === undefined ? {} : { caBundle }) },
      ...rest,
    })),
  };
}

/** A set of fields of one webhook. */
export function inWebhook(fields: Record<string, unknown>, name = 'a.istio.io'): Record<string, unknown> {
  return { 'f:webhooks': { [`k:${JSON.stringify({ name })}`]: fields } };
}
