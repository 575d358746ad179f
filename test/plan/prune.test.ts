import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/bundle/bundle.ts';
import type { InventoryEntry } from '../../src/plan/cluster-state.ts';
import { keptForGood, pruneCandidates } from '../../src/plan/prune.ts';

function entry(kind: string, name: string, stage: Stage): InventoryEntry {
  return { id: { apiVersion: 'v1', kind, namespace: 'istio-system', name }, stage, uid: `uid-${name}` };
}

const bundle = {
  cluster: 'dev',
  digest: 'sha256:0',
  stages: [
    {
      stage: 'base' as const,
      objects: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kept', namespace: 'istio-system' } }],
    },
  ],
};

describe('pruneCandidates', () => {
  const inventory = [
    entry('ServiceAccount', 'kept', 'base'),
    entry('ServiceAccount', 'gone', 'base'),
    entry('ConfigMap', 'late', 'config'),
    entry('Namespace', 'istio-ingress', 'namespaces'),
    entry('CustomResourceDefinition', 'gateways.networking.istio.io', 'crds'),
    entry('Secret', 'cacerts', 'base'),
    entry('Service', 'istiod-revision-tag-prod', 'routing'),
  ];

  test('are what the bundle has no longer, the last stage first, and Services after all else', () => {
    expect(pruneCandidates(inventory, bundle).map(({ id }) => id.name)).toEqual([
      'late',
      'gone',
      'istiod-revision-tag-prod',
    ]);
  });

  test('are never namespaces, definitions or Secrets, which stay in the inventory', () => {
    expect(keptForGood(inventory, bundle).map(({ id }) => id.name)).toEqual([
      'istio-ingress',
      'gateways.networking.istio.io',
      'cacerts',
    ]);
  });
});
