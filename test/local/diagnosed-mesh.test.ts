import { expect, test } from 'vitest';
import { diagnosedMesh } from '../../src/local/diagnosed-mesh.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

function pod(name: string, namespace: string, some: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  const status = {
    initContainerStatuses: [{ name: 'istio-proxy', state: { running: {} } }],
    containerStatuses: [
      { name: 'app', state: { running: {} } },
      { name: 'late', state: { waiting: { reason: 'ImagePullBackOff' } } },
    ],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, ...some }, status };
}

const pods = [
  pod('dns', 'kube-system'),
  pod('cart', 'shop'),
  pod('front', 'rehearsal-front'),
  pod('istiod-b', 'istio-system', { labels: { app: 'istiod', 'istio.io/rev': 'b' } }),
  pod('istiod-b2', 'istio-system', { labels: { app: 'istiod', 'istio.io/rev': 'b' } }),
  pod('istiod', 'istio-system', { labels: { app: 'istiod' } }),
  pod('ingress', 'edge', { annotations: { 'inject.istio.io/templates': 'gateway' } }),
];

test('gateways come first, then istiods, then the given namespaces in their order; nothing else', () => {
  const { logs } = diagnosedMesh(pods, ['rehearsal-front', 'shop']);
  expect([...new Set(logs.map((log) => log.pod))]).toEqual([
    'ingress',
    'istiod-b',
    'istiod-b2',
    'istiod',
    'front',
    'cart',
  ]);
  expect(logs.slice(0, 2)).toEqual([
    { namespace: 'edge', pod: 'ingress', container: 'istio-proxy' },
    { namespace: 'edge', pod: 'ingress', container: 'app' },
  ]);
});

test('a container that never ran has no log', () => {
  expect(diagnosedMesh(pods, []).logs.map(({ container }) => container)).not.toContain('late');
});

test('each revision with an istiod is known once; one without a label is the default', () => {
  expect(diagnosedMesh(pods, []).revisions).toEqual([
    { revision: 'b', namespace: 'istio-system' },
    { revision: 'default', namespace: 'istio-system' },
  ]);
});
