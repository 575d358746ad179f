import { describe, expect, test } from 'vitest';
import type { InventoryEntry } from '../../src/plan/cluster-state.ts';
import { foreignFindings } from '../../src/plan/foreign-istio.ts';
import { servedRevisions } from '../../src/plan/istio-in-cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const manifest = {
  mesh: 'acme',
  istio: { version: '1.31.0', revision: '1-31-0' },
  namespaces: { root: 'istio-config', controlPlane: 'istio-system' },
};
const bundle = { cluster: 'dev', digest: 'sha256:0', stages: [] };

function istiod(namespace: string, revision: string, labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace, uid: 'u', labels: { app: 'istiod', 'istio.io/rev': revision, ...labels } },
  };
}

function injector(...revisions: string[]): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'injector' },
    webhooks: [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        namespaceSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'In', values: revisions }] },
      },
      {
        name: 'rev.object.sidecar-injector.istio.io',
        namespaceSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] },
        objectSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'In', values: revisions }] },
      },
    ],
  };
}

function reasons(
  istio: { istiods?: KubernetesObject[]; webhooks?: KubernetesObject[] },
  inventory: InventoryEntry[] = [],
) {
  const facts = { manifest, bundle, inventory, objects: [], istio: { istiods: [], webhooks: [], ...istio } };
  return foreignFindings(facts).map(({ reason }) => reason);
}

describe('foreignFindings', () => {
  test('are a control plane in the same namespace, and one of the same revision elsewhere', () => {
    expect(reasons({ istiods: [istiod('istio-system', 'old')] })).toEqual([
      "is a control plane of revision old in the namespace of the bundle's",
    ]);
    expect(reasons({ istiods: [istiod('elsewhere', '1-31-0')] })).toEqual([
      "is a control plane of the bundle's revision 1-31-0",
    ]);
  });

  test('are none for a control plane of another revision in another namespace', () => {
    expect(reasons({ istiods: [istiod('elsewhere', 'old')], webhooks: [injector('old')] })).toEqual([]);
  });

  test("are none for what is the mesh's own, by its label or by the inventory's UID", () => {
    expect(reasons({ istiods: [istiod('istio-system', '1-31-0', { 'istio-delivery/mesh': 'acme' })] })).toEqual([]);
    const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' };
    expect(reasons({ istiods: [istiod('istio-system', 'x')] }, [{ id, stage: 'revision', uid: 'u' }])).toEqual([]);
    expect(reasons({ istiods: [istiod('istio-system', 'x')] }, [{ id, stage: 'revision', uid: '' }])).toHaveLength(1);
  });

  test("are an injector that answers for the bundle's revision or for the default", () => {
    expect(reasons({ webhooks: [injector('1-31-0')] })).toEqual([
      "injects for revision or tag 1-31-0, as the bundle's would too",
    ]);
    const byDefault = { ...injector(), webhooks: [{ name: 'namespace.sidecar-injector.istio.io' }] };
    expect(reasons({ webhooks: [byDefault] })).toEqual([
      "injects for what names no revision, as the bundle's would too",
    ]);
  });
});

describe('servedRevisions', () => {
  test('are those that the selectors name, and the default where they name none', () => {
    expect(servedRevisions(injector('a', 'b'))).toEqual(['a', 'b']);
    expect(servedRevisions({ ...injector(), webhooks: [{ name: 'validation.istio.io' }] })).toEqual(['default']);
  });
});
