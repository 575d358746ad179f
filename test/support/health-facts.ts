import type { Stage } from '../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { objectId } from '../../src/ports/objects.ts';
import type { Known } from '../../src/probe/health/attempt.ts';
import type { HealthFacts, PromotedObject } from '../../src/probe/health/health-facts.ts';
import { object } from './mesh-facts.ts';

const namespace = 'istio-system';

export function known<T>(value: T): Known<T> {
  return { kind: 'known', value };
}

export const forbidden: Known<never> = { kind: 'unknown', reason: 'it is forbidden' };

/** An object of the inventory that is there. */
export function promoted(live: KubernetesObject, stage: Stage = 'routing'): PromotedObject {
  return { id: objectId(live), stage, live: known<KubernetesObject | undefined>(live) };
}

/** A cluster that runs revision `new` with one istiod that is ready, and nothing else. */
export function facts(overrides: Partial<HealthFacts> = {}): HealthFacts {
  return {
    namespace,
    signed: { kind: 'known', value: true },
    record: {
      apiVersion: 'istio-delivery/v1',
      mesh: 'acme',
      environment: 'dev',
      cluster: 'dev',
      promotions: 1,
      current: {
        bundle: 'sha256:b1',
        istio: { version: '1.31.0', revision: 'new' },
        chunks: [],
        policy: {
          environments: [],
          namespaces: { root: 'istio-config', controlPlane: namespace },
          upgrade: { groups: [], soak: 0, acknowledgeNotes: false, waivers: [] },
          health: { settle: 60 },
        },
        since: '2026-11-23T10:00:00.000Z',
        plan: 'sha256:p1',
      },
    },
    upgrade: known(undefined),
    objects: [],
    wanted: known({ objects: [], declared: [] }),
    autoscalers: known([]),
    istiods: known([istiod('new')]),
    services: known([istiodService('new')]),
    endpointSlices: new Map([[namespace, known([slice('istiod-new')])]]),
    pods: known([]),
    ...overrides,
  };
}

export function istiod(revision: string, readyReplicas = 2): KubernetesObject {
  return object('apps/v1', 'Deployment', `${namespace}/istiod-${revision}`, {
    labels: { 'istio.io/rev': revision },
    status: readyReplicas > 0 ? { readyReplicas } : {},
  });
}

export function istiodService(revision: string): KubernetesObject {
  return object('v1', 'Service', `${namespace}/istiod-${revision}`, {
    spec: { selector: { app: 'istiod', 'istio.io/rev': revision } },
  });
}

export function slice(service: string, { where = namespace, ready = true } = {}): KubernetesObject {
  return object('discovery.k8s.io/v1', 'EndpointSlice', `${where}/${service}-x`, {
    labels: { 'kubernetes.io/service-name': service },
    endpoints: [{ conditions: { ready } }],
  });
}

/** The webhooks of a tag of a revision, which call a Service. */
export function tag(name: string, options: { revision?: string; service?: string } = {}): KubernetesObject {
  const { revision = 'new', service = `istiod-${revision}` } = options;
  return object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', `istio-revision-tag-${name}`, {
    labels: { 'istio.io/tag': name, 'istio.io/rev': revision },
    webhooks: [
      {
        name: 'rev.object.sidecar-injector.istio.io',
        clientConfig: { caBundle: 'Q0E=', service: { namespace, name: service } },
      },
    ],
  });
}
