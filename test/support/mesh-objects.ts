import type { KubernetesObject } from '../../src/ports/objects.ts';

const control = 'istio-system';

export interface Labelled {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** An object with nothing but its name and what is said about it. */
export function named(type: string, name: string, content: Record<string, unknown> & Labelled = {}): KubernetesObject {
  const { labels = {}, annotations = {}, ...rest } = content;
  const [apiVersion = 'v1', kind = ''] = type.includes(' ') ? type.split(' ') : ['v1', type];
  const [namespace, own] = name.includes('/') ? name.split('/') : [undefined, name];
  const where = namespace === undefined ? {} : { namespace };
  return { apiVersion, kind, metadata: { name: own ?? name, ...where, labels, annotations }, ...rest };
}

/** A pod of a Deployment that was injected by a revision. */
export function injectedPod(revision: string, deployment: string, content: Labelled & { ended?: boolean } = {}) {
  const [namespace = '', name = ''] = deployment.split('/');
  const pod = named('Pod', `${namespace}/${name}-abc-${revision.length}`, {
    labels: { 'pod-template-hash': 'abc', ...content.labels },
    annotations: { 'istio.io/rev': revision },
    spec: { containers: [{ name: 'istio-proxy', image: 'proxyv2:1.31.0' }] },
    status: { phase: content.ended ? 'Succeeded' : 'Running' },
  });
  return ownedBy(pod, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-abc` });
}

/** The object as one that another one controls. */
export function ownedBy(object: KubernetesObject, owner: { apiVersion: string; kind: string; name: string }) {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [{ ...owner, controller: true }] } };
}

/** A webhook configuration of Istio that calls a Service of the control plane. */
export function webhooks(kind: 'Mutating' | 'Validating', name: string, service: string, labels = {}) {
  return named(`admissionregistration.k8s.io/v1 ${kind}WebhookConfiguration`, name, {
    labels,
    webhooks: [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        clientConfig: { service: { namespace: control, name: service } },
      },
    ],
  });
}

/** The webhook configuration of a revision tag. */
export function tag(name: string, revision: string) {
  const labels = { 'istio.io/tag': name, 'istio.io/rev': revision };
  return webhooks('Mutating', `istio-revision-tag-${name}`, `istiod-${revision}`, labels);
}

/** A Service that selects an istiod revision; with a tag it is that tag's. */
export function istiodService(name: string, revision: string, labels: Record<string, string> = {}) {
  return named('Service', `${control}/${name}`, {
    labels: { 'istio.io/rev': revision, ...labels },
    spec: { selector: { app: 'istiod', 'istio.io/rev': revision } },
  });
}

/** The EndpointSlice of a Service of the control plane. */
export function endpoints(service: string, ready = true) {
  return named('discovery.k8s.io/v1 EndpointSlice', `${control}/${service}-x`, {
    labels: { 'kubernetes.io/service-name': service },
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  });
}
