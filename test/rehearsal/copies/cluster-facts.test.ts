import { expect, test } from 'vitest';
import { standInSecret } from '../../../src/adapters/certificates/stand-in-secret.ts';
import { systemClock } from '../../../src/adapters/clock.ts';
import { DeliveryError } from '../../../src/errors.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject, ObjectMeta } from '../../../src/ports/objects.ts';
import { clusterFacts } from '../../../src/rehearsal/copies/cluster-facts.ts';

const asking = { namespaces: ['shop', 'late'], controlPlane: 'istio-system' };

function clusterOf(objects: KubernetesObject[], refuses: readonly string[] = []): Cluster {
  const refuse = (kind: string) => {
    if (refuses.includes(kind)) throw new DeliveryError(`${kind} is forbidden`, { code: 'Forbidden' });
  };
  const cluster: Partial<Cluster> = {
    identity: async () => ({ uid: '1', server: 'https://prod', version: 'v1.33.9' }),
    get: async (id) => {
      refuse(id.kind);
      return objects.find(({ kind, metadata }) => kind === id.kind && metadata.name === id.name);
    },
    list: async (type) => {
      refuse(type.kind);
      return { resourceVersion: '1', items: objects.filter(({ kind }) => kind === type.kind) };
    },
  };
  return cluster as Cluster;
}

function object(kind: string, metadata: ObjectMeta, more: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata, ...more };
}

test('clusterFacts are what a rehearsal can copy, and what it must say that it has not', async () => {
  const { stringData } = await standInSecret(
    { namespace: 'x', name: 'y', hosts: [], for: [] },
    { clock: systemClock, reporter: { secret: () => undefined } },
  );
  const root = (stringData as Record<string, string>)['ca.crt'];
  const node = (name: string, arch: string) => object('Node', { name, labels: { 'kubernetes.io/arch': arch } });
  const cluster = clusterOf([
    object('Namespace', { name: 'shop', labels: { mesh: 'yes' } }),
    object('NetworkPolicy', { name: 'deny', namespace: 'shop' }),
    ...[node('a', 'arm64'), node('b', 'amd64'), node('c', 'amd64')],
    ...['calico-node', 'istio-cni-node', 'log-shipper'].map((name) => object('DaemonSet', { name })),
    object('ValidatingWebhookConfiguration', { name: 'kyverno' }, { webhooks: [{ name: 'validate.kyverno.svc' }] }),
    object(
      'MutatingWebhookConfiguration',
      { name: 'istio' },
      { webhooks: [{ name: 'rev.object.sidecar-injector.istio.io' }] },
    ),
    object('ConfigMap', { name: 'istio-ca-root-cert', namespace: 'istio-system' }, { data: { 'root-cert.pem': root } }),
  ]);
  expect(await clusterFacts(cluster, asking)).toEqual({
    kubernetes: 'v1.33.9',
    namespaces: {
      shop: { kind: 'known', value: { labels: { mesh: 'yes' }, annotations: {} } },
      late: { kind: 'known', value: 'absent' },
    },
    networkPolicies: { kind: 'known', value: [{ namespace: 'shop', name: 'deny' }] },
    nodes: { kind: 'known', value: { count: 3, architectures: ['amd64', 'arm64'] } },
    networks: { kind: 'known', value: ['calico', 'istio-cni'] },
    webhooks: { kind: 'known', value: ['kyverno'] },
    root: { kind: 'known', value: 'O=istio-delivery, CN=stand-in of a rehearsal' },
  });
});

test('what this account may not read is unknown, and no failure', async () => {
  const kinds = ['Namespace', 'NetworkPolicy', 'Node', 'DaemonSet', 'ValidatingWebhookConfiguration', 'ConfigMap'];
  const facts = await clusterFacts(clusterOf([], kinds), asking);
  const unknown = { kind: 'unknown', why: 'this account may not read them' };
  expect(facts).toEqual({
    kubernetes: 'v1.33.9',
    namespaces: { shop: unknown, late: unknown },
    networkPolicies: unknown,
    nodes: unknown,
    networks: unknown,
    webhooks: unknown,
    root: unknown,
  });
});

test.each([
  ['no root yet', []],
  ['a root that is none', [object('ConfigMap', { name: 'istio-ca-root-cert' }, { data: { 'root-cert.pem': 'x' } })]],
])('a cluster with %s has none', async (_, objects) => {
  expect((await clusterFacts(clusterOf(objects), asking)).root).toEqual({ kind: 'known', value: undefined });
});
