import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleDifference } from '../../src/rehearsal/bundle-difference.ts';
import { bundleOf, deciding } from '../support/bundles.ts';

const crd: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gateways.networking.istio.io' },
  spec: { scope: 'Namespaced' },
};

function istiod(revision: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `istiod-${revision}`, namespace: 'istio-system', labels: { 'istio.io/rev': revision } },
    spec: { replicas: 2, image: `istio/pilot:${revision.replaceAll('-', '.')}`, ...spec },
  };
}

function side(version: string, objects: KubernetesObject[], upgrade: Partial<Bundle['manifest']['upgrade']> = {}) {
  const policy = { groups: [], soak: 60, acknowledgeNotes: false, waivers: [], ...upgrade };
  const istio = { version, revision: version.replaceAll('.', '-') };
  const { manifest, clusters } = deciding(bundleOf({ dev: [{ stage: 'revision', objects }] }), {
    istio,
    upgrade: policy,
  });
  return { manifest, part: clusters.dev ?? expect.fail('the bundle holds nothing for cluster dev') };
}

describe('what a change consists of', () => {
  test('is nothing where the bundles differ in their revision alone', () => {
    expect(bundleDifference(side('1.30.3', [istiod('1-30-3')]), side('1.31.0', [istiod('1-31-0')]))).toEqual([]);
  });

  test('is each object that comes, goes or differs from its counterpart, CRDs last', () => {
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone', namespace: 'shop' } };
    const from = side('1.30.3', [crd, istiod('1-30-3'), gone]);
    const to = side('1.31.0', [
      { ...crd, spec: { scope: 'Cluster' } },
      istiod('1-31-0', { replicas: 3, note: 'long '.repeat(20) }),
      { ...gone, metadata: { name: 'new', namespace: 'shop' } },
    ]);
    expect(bundleDifference(from, to)).toEqual([
      {
        object: 'Deployment istio-system/istiod-1-31-0',
        change: 'changed',
        fields: ['.spec.replicas: 2 → 3', '.spec.note'],
      },
      { object: 'ConfigMap shop/new', change: 'added', fields: [] },
      { object: 'ConfigMap shop/gone', change: 'removed', fields: [] },
      {
        object: 'CustomResourceDefinition gateways.networking.istio.io',
        change: 'changed',
        fields: ['.spec.scope: Namespaced → Cluster'],
      },
    ]);
  });

  test('is the policy too, in words', () => {
    const objects = [istiod('1-31-0')];
    expect(bundleDifference(side('1.31.0', objects), side('1.31.0', objects, { soak: 30 }))).toEqual([
      { object: 'policy', change: 'changed', fields: ['the mesh soaks shorter before the old revision may go'] },
    ]);
  });
});
