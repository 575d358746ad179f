import type { AccessFacts } from '../../src/access/access-facts.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const rbac = 'rbac.authorization.k8s.io';

/** An object that has nothing but its id. */
export function bare(apiVersion: string, kind: string, name: string, namespace?: string): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

/** A small bundle's: a control plane with its roles, and one type of Istio's. */
export function facts(overrides: Partial<AccessFacts> = {}): AccessFacts {
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'istiod' };
  return {
    controlPlane: 'istio-system',
    objects: [
      bare('v1', 'Namespace', 'istio-system'),
      {
        ...bare('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'gateways.networking.istio.io'),
        spec: { group: 'networking.istio.io', names: { kind: 'Gateway', plural: 'gateways' } },
      },
      bare(`${rbac}/v1`, 'ClusterRole', 'istiod'),
      { ...bare(`${rbac}/v1`, 'ClusterRoleBinding', 'istiod'), roleRef },
      bare('apps/v1', 'Deployment', 'istiod', 'istio-system'),
      bare('networking.istio.io/v1', 'Gateway', 'public', 'istio-gateways'),
    ],
    before: [],
    groups: ['shop'],
    waves: 1,
    ...overrides,
  };
}
