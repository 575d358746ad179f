import { describe, expect, test } from 'vitest';
import type { ClusterBundle } from '../../src/bundle/bundle.ts';
import type { ClusterFacts } from '../../src/rehearsal/copies/cluster-facts.ts';
import { namespaceNames, rehearsedNamespaces } from '../../src/rehearsal/rehearsed-namespaces.ts';

type Labels = Record<string, string>;

function object(kind: string, name: string, namespace?: string) {
  return { apiVersion: 'v1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function namespace(name: string, labels: Labels) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

const selecting = {
  ...object('ConfigMap', 'istio', 'istio-system'),
  data: { mesh: 'discoverySelectors: [{ matchExpressions: [{ key: mesh, operator: In, values: ["yes"] }] }]' },
};

function bundleWith(...more: ClusterBundle['stages'][number]['objects']): ClusterBundle {
  return {
    cluster: 'production',
    digest: 'sha256:0',
    stages: [
      {
        stage: 'namespaces',
        objects: [namespace('istio-system', {}), namespace('payments', { 'istio.io/rev': 'prod' })],
      },
      { stage: 'config', objects: [object('DestinationRule', 'shop', 'shop'), ...more] },
    ],
  };
}

const group = { tag: 'prod', batch: 1, soak: 0 } as const;
const policy = {
  groups: [
    { ...group, name: 'canary', namespaces: ['payments'], label: 'managed' as const },
    { ...group, name: 'main', namespaces: ['shop', 'quiet'], label: 'owner' as const },
  ],
};
const workloads = [object('Deployment', 'db', 'legacy'), object('Deployment', 'x', 'default')];

function seen(labels: Labels, annotations: Labels = {}): ClusterFacts['namespaces'][string] {
  return { kind: 'known', value: { labels, annotations } };
}

describe('where the environment was not asked', () => {
  test('brings what its owners have made, with the tag of its group', () => {
    const { objects, made } = rehearsedNamespaces({ bundles: [bundleWith()], workloads, policy });
    expect(objects.map(({ metadata }) => metadata)).toEqual([
      { name: 'legacy' },
      { name: 'shop', labels: { 'istio.io/rev': 'prod' } },
    ]);
    expect(made).toEqual([
      { name: 'legacy', labels: {}, from: 'mesh file' },
      { name: 'shop', labels: { 'istio.io/rev': 'prod' }, from: 'mesh file' },
    ]);
  });

  test('adds what discovery selectors ask for to namespaces of groups, also to those that the bundle labels', () => {
    const { objects } = rehearsedNamespaces({ bundles: [bundleWith(selecting)], workloads, policy });
    expect(objects.map(({ metadata }) => metadata)).toEqual([
      { name: 'legacy' },
      { name: 'payments', labels: { mesh: 'yes' } },
      { name: 'shop', labels: { mesh: 'yes', 'istio.io/rev': 'prod' } },
    ]);
  });

  test("makes the team's own namespaces before the bundle's configuration needs them", () => {
    const own = namespace('shop', { team: 'shop' });
    const { objects, workloads: applied } = rehearsedNamespaces({ bundles: [bundleWith()], workloads: [own], policy });
    const made = namespace('shop', { team: 'shop', 'istio.io/rev': 'prod' });
    expect(objects).toEqual([made]);
    expect(applied).toEqual([made]);
  });

  test('makes a namespace of the bundle where something must be in it before', () => {
    const needed = ['istio-system', 'certificates'];
    const { objects } = rehearsedNamespaces({ bundles: [bundleWith()], workloads: [], policy, needed });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['certificates', 'istio-system', 'shop']);
  });
});

describe('where the environment was asked', () => {
  const restricted = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'baseline',
  };

  test.each<[string, string, Labels, Labels]>([
    ['Pod Security and the labels of the team', 'shop', { ...restricted, team: 'a' }, { ...restricted, team: 'a' }],
    ['what discovery selectors ask for only where it is there', 'shop', {}, {}],
    [
      'not what the API server and a promotion set',
      'shop',
      { 'kubernetes.io/metadata.name': 'shop', 'istio-delivery/mesh': 'acme' },
      {},
    ],
    ['the tag of its group in place of a revision', 'shop', { 'istio.io/rev': '1-30-3' }, {}],
    ['the tag of its group in place of istio-injection', 'shop', { 'istio-injection': 'enabled' }, {}],
  ])('a namespace has %s', (_, name, labels, expected) => {
    const live = { [name]: seen(labels) };
    const { made } = rehearsedNamespaces({ bundles: [bundleWith(selecting)], workloads: [], policy, live });
    expect(made.find((each) => each.name === name)).toEqual({
      name,
      labels: { ...expected, 'istio.io/rev': 'prod' },
      from: 'environment',
    });
  });

  test('one outside every group keeps how it is injected', () => {
    const live = { legacy: seen({ 'istio-injection': 'disabled', 'istio.io/rev': 'other' }) };
    const { made } = rehearsedNamespaces({ bundles: [bundleWith()], workloads, policy, live });
    expect(made[0]?.labels).toEqual({ 'istio-injection': 'disabled', 'istio.io/rev': 'other' });
  });

  test('labels that the installed bundle sets are left to it, and those that only the next one sets are there already', () => {
    const live = { payments: seen({ 'istio.io/rev': 'else', mesh: 'yes' }), shop: seen({ zone: 'a' }) };
    const next = bundleWith(namespace('shop', { zone: 'a' }));
    const { objects } = rehearsedNamespaces({ bundles: [bundleWith(), next], workloads: [], policy, live });
    expect(objects.map(({ metadata }) => metadata.labels)).toEqual([
      { mesh: 'yes' },
      { zone: 'a', 'istio.io/rev': 'prod' },
    ]);
  });

  test("the team's manifest has the last word, and does not take the environment's labels away", () => {
    const own = namespace('legacy', { team: 'new' });
    const live = { legacy: seen({ team: 'old', ...restricted }) };
    const { workloads: applied } = rehearsedNamespaces({ bundles: [bundleWith()], workloads: [own], policy, live });
    expect(applied).toEqual([namespace('legacy', { ...restricted, team: 'new' })]);
  });

  test('annotations are taken over that decide about injection, and no others', () => {
    const scc = { 'openshift.io/sa.scc.uid-range': '1000/1' };
    const live = { legacy: seen({}, { ...scc, 'acme.example/owner': 'x', 'ambient.istio.io/bypass': 'true' }) };
    const { objects } = rehearsedNamespaces({ bundles: [bundleWith()], workloads, policy, live });
    expect(objects[0]?.metadata.annotations).toEqual({ ...scc, 'ambient.istio.io/bypass': 'true' });
  });

  test('namespace default gets its labels, too', () => {
    const live = { default: seen({ 'kubernetes.io/metadata.name': 'default', mesh: 'yes' }) };
    const { objects } = rehearsedNamespaces({ bundles: [bundleWith()], workloads, policy, live });
    expect(objects[0]?.metadata).toEqual({ name: 'default', labels: { mesh: 'yes' } });
  });

  test.each<[string, ClusterFacts['namespaces'][string]]>([
    ['is not there yet', { kind: 'known', value: 'absent' }],
    ['may not be read', { kind: 'unknown', why: 'forbidden' }],
  ])('one that %s is as the mesh file has it', (_, answer) => {
    const { made } = rehearsedNamespaces({
      bundles: [bundleWith(selecting)],
      workloads: [],
      policy,
      live: { shop: answer },
    });
    expect(made.find(({ name }) => name === 'shop')).toEqual({
      name: 'shop',
      labels: { mesh: 'yes', 'istio.io/rev': 'prod' },
      from: 'mesh file',
    });
  });
});

test('namespaceNames are those of objects, of groups and of manifests, and none of Kubernetes itself', () => {
  const facts = { bundles: [bundleWith()], workloads: [...workloads, object('ConfigMap', 'x', 'kube-system')], policy };
  expect(namespaceNames(facts)).toEqual(['default', 'istio-system', 'legacy', 'payments', 'quiet', 'shop']);
});
