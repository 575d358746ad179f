import { describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../../src/rehearsal/copies/cluster-facts.ts';
import { copiesText } from '../../../src/rehearsal/copies/copies-text.ts';
import { notReproduced } from '../../../src/rehearsal/copies/not-reproduced.ts';
import type { ReproductionFacts } from '../../../src/rehearsal/copies/reproduction.ts';

/** A kind cluster, and an environment that is just like it. */
const kind: ClusterFacts = {
  kubernetes: 'v1.37.0',
  namespaces: {},
  networkPolicies: { kind: 'known', value: [] },
  nodes: { kind: 'known', value: { count: 1, architectures: ['amd64'] } },
  networks: { kind: 'known', value: ['kindnet'] },
  webhooks: { kind: 'known', value: [] },
  root: { kind: 'known', value: 'O=cluster.local' },
};

function asked(there: Partial<ClusterFacts>, more: Partial<ReproductionFacts> = {}): string[] {
  return said({ environment: { kind: 'asked', facts: { ...kind, ...there } }, ...more });
}

function said(facts: Partial<ReproductionFacts> & Pick<ReproductionFacts, 'environment'>): string[] {
  const nothing = { rehearsal: kind, namespaces: [], standIns: [], overlay: [], objects: [] };
  return notReproduced({ ...nothing, ...facts }).map(({ what, why }) => `${what}: ${why}`);
}

const shop = { name: 'shop', labels: {}, from: 'environment' as const };
const policy = (name: string, namespace: string) => ({ namespace, name });
const object = (kindOf: string, name: string, namespace = 'istio-system') => ({
  apiVersion: 'v1',
  kind: kindOf,
  metadata: { name, namespace },
});

describe('of an environment that was asked', () => {
  test('nothing is said where it is no different', () => {
    expect(asked({})).toEqual([]);
    expect(asked({ kubernetes: 'v1.37.4-gke.100' })).toEqual([]);
  });

  test.each<[string, Partial<ClusterFacts>, Partial<ReproductionFacts>, string]>([
    [
      'another minor version of Kubernetes',
      { kubernetes: 'v1.33.9' },
      {},
      'Kubernetes version: the environment runs v1.33.9, the rehearsal v1.37.0; node-image takes a node image of 1.33',
    ],
    [
      'a CA of its own',
      { root: { kind: 'known', value: 'O=Acme, CN=Mesh Root' } },
      {},
      'CA: istiod signs with a CA of its own; proxies of the environment trust O=Acme, CN=Mesh Root',
    ],
    [
      'network policies in namespaces of the rehearsal that nothing brings along',
      {
        networkPolicies: {
          kind: 'known',
          value: [
            policy('deny', 'shop'),
            policy('in', 'istio-system'),
            policy('own', 'shop'),
            policy('x', 'elsewhere'),
          ],
        },
      },
      { namespaces: [shop], objects: [object('NetworkPolicy', 'own', 'shop'), object('Service', 'istiod')] },
      'NetworkPolicies: the environment has 2 in istio-system, shop that nothing brings along',
    ],
    [
      'another network',
      { networks: { kind: 'known', value: ['calico', 'istio-cni'] } },
      { objects: [object('DaemonSet', 'istio-cni-node')] },
      "pods' network (CNI): the environment has calico, the rehearsal kindnet and istio-cni",
    ],
    [
      'more nodes, of another architecture',
      { nodes: { kind: 'known', value: { count: 12, architectures: ['amd64', 'arm64'] } } },
      {},
      'nodes: the environment has 12 nodes (amd64, arm64), the rehearsal 1 node (amd64)',
    ],
    [
      'webhooks of others',
      { webhooks: { kind: 'known', value: ['a', 'b', 'c', 'd', 'e', 'f', 'ours'] } },
      { objects: [object('ValidatingWebhookConfiguration', 'ours')] },
      'admission webhooks: the environment has 6 configurations of others: a, b, c, d, e and 1 more',
    ],
    [
      'labels that could not be read, and namespaces that are still to come',
      { namespaces: { shop: { kind: 'unknown', why: 'x' }, late: { kind: 'known', value: 'absent' } } },
      { namespaces: [shop, { ...shop, name: 'late' }] },
      'labels of namespaces, Pod Security: those of shop could not be read, and the environment has no late yet: they have what groups and discovery selectors ask for',
    ],
    [
      'a namespace of a group that is injected otherwise there',
      { namespaces: { shop: { kind: 'known', value: { labels: { 'istio-injection': 'enabled' }, annotations: {} } } } },
      { namespaces: [{ ...shop, labels: { 'istio.io/rev': 'prod' } }] },
      'labels of namespaces, Pod Security: shop has the tag of its group here already, and comes to it there',
    ],
    [
      'what may not be read',
      { networkPolicies: { kind: 'unknown', why: 'this account may not read them' } },
      {},
      'NetworkPolicies: not known: this account may not read them',
    ],
  ])('%s is said', (_, there, more, line) => {
    expect(asked(there, more)).toEqual([line]);
  });

  test('a CA that is brought along is reproduced', () => {
    const cacerts = { objects: [object('Secret', 'cacerts')] };
    expect(asked({ root: { kind: 'known', value: 'O=Acme, CN=Mesh Root' } }, cacerts)).toEqual([]);
  });
});

test('of an environment that nobody asked, a few sentences stand for all of it', () => {
  const lines = said({ environment: { kind: 'not asked', why: 'first-install was given' }, namespaces: [shop] });
  expect(lines).toEqual([
    'Kubernetes version: the environment was not asked (first-install was given); the rehearsal runs v1.37.0',
    'CA: istiod signs with a CA of its own, which is not that of the environment',
    'labels of namespaces, Pod Security: namespaces have the tags of their groups and what discovery selectors ask for, and no other label of the environment',
    "NetworkPolicies, pods' network (CNI), nodes, admission webhooks: not known; the rehearsal has 1 node (amd64), kindnet, and nothing of others",
  ]);
});

test('stand-ins are named, and the overlay is counted', () => {
  const standIn = { namespace: 'istio-gateways', name: 'shop', hosts: ['shop.example'], for: ['Gateway shop/shop'] };
  const change = (field: string) => ({ object: 'Deployment a/b', field, reason: '' });
  expect(asked({}, { standIns: [standIn], overlay: [change('x'), change('y')] })).toEqual([
    'TLS Secrets: self-signed certificates stand in for istio-gateways/shop',
    'requests, node selectors and the like: the overlay changed 2 fields of 1 object',
  ]);
});

test('what is copied, what stands in and another version are said as the rehearsal begins', () => {
  const facts = { ...kind, kubernetes: 'v1.33.9' };
  const standIns = [{ namespace: 'gw', name: 'tls', hosts: [], for: ['Gateway shop/a', 'Gateway shop/b'] }];
  expect(copiesText({ environment: { kind: 'asked', facts }, namespaces: [shop], standIns }, kind)).toEqual([
    'the environment runs v1.33.9, the rehearsal v1.37.0; node-image takes a node image of 1.33',
    '1 namespace with the labels of the environment',
    'Secret gw/tls (Gateway shop/a, Gateway shop/b) is a self-signed stand-in',
  ]);
});
