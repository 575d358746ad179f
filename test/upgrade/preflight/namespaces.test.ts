import { describe, test } from 'vitest';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { group, type Labels, meshFacts, namespace, object, pod, side, workload } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

/** The mesh with `shop`, of the group `main`, in that state. */
function shop(labels: Labels, label: 'managed' | 'owner' = 'managed'): Partial<MeshFacts> {
  return {
    namespaces: [namespace('istio-system'), namespace('shop', labels)],
    policy: { ...meshFacts().policy, groups: [group('main', { namespaces: ['shop'], label })] },
  };
}

const tagged = { 'istio.io/rev': 'tag-main' };

describe('injection-label', () => {
  test.each<Case>([
    ['a namespace with its tag alone', shop(tagged)],
    ['a namespace of no group', { namespaces: [namespace('other', { 'istio-injection': 'enabled' })] }],
  ])('lets %s pass', (_name, facts) => expectFound('injection-label', facts, []));

  test.each<[...Case, Found]>([
    [
      'that we bring to its tag',
      shop({ 'istio-injection': 'enabled' }),
      ['note', 'Namespace shop', /wins over istio\.io\/rev; it will be brought to tag "tag-main"/],
    ],
    [
      'that its owner must bring to its tag',
      shop({ ...tagged, 'istio-injection': 'enabled' }, 'owner'),
      ['fail', 'Namespace shop', /the label is its owner's, as group "main" says/],
    ],
    [
      'that keeps every proxy away',
      shop({ ...tagged, 'istio-injection': 'disabled' }),
      ['fail', 'Namespace shop', /istio-injection=disabled, which keeps every proxy away/],
    ],
  ])('names a namespace %s', (_name, facts, found) => expectFound('injection-label', facts, [found]));
});

describe('revision-label', () => {
  test.each<Case>([
    ['a namespace with its tag', shop(tagged, 'owner')],
    ['one that has istio-injection instead, which has a check of its own', shop({ 'istio-injection': 'enabled' })],
  ])('lets %s pass', (_name, facts) => expectFound('revision-label', facts, []));

  test.each<[...Case, Found]>([
    [
      'with a revision, that we bring to its tag',
      shop({ 'istio.io/rev': '1-31-0' }),
      ['note', 'Namespace shop', /has istio\.io\/rev=1-31-0, .* will be brought to tag "tag-main"/],
    ],
    [
      'with another tag, that its owner must change',
      shop({ 'istio.io/rev': 'beta' }, 'owner'),
      ['fail', 'Namespace shop', /has istio\.io\/rev=beta, and its group the tag "tag-main"; the label is its owner's/],
    ],
    ['without a label', shop({}, 'owner'), ['fail', 'Namespace shop', /has no label istio\.io\/rev/]],
    [
      'of two groups',
      { namespaces: [namespace('shop', { 'istio.io/rev': 'tag-canary' })] },
      ['fail', 'Namespace shop', /belongs to groups "canary" and "main"/],
    ],
  ])('names a namespace %s', (_name, facts, found) => expectFound('revision-label', facts, [found]));
});

describe('unassigned-namespace', () => {
  const other = (labels: Labels = {}) => ({ namespaces: [...meshFacts().namespaces, namespace('other', labels)] });
  const gateway = {
    workloads: [workload('other/gate', { labels: { 'gateway.istio.io/managed': 'istio.io-gateway' } })],
  };
  const gatewayPod = pod('other/gate-1', { labels: { app: 'gate' } });
  const named = { app: 'web', 'gateway.networking.k8s.io/gateway-name': 'gate' };
  const ofGatewayApi = {
    ...other({ 'istio.io/rev': 'gateways' }),
    policy: { ...meshFacts().policy, gatewayApiTag: 'gateways' },
  };

  test.each<Case>([
    ['the namespaces of the groups, the gateways and the control plane', {}],
    ['a namespace without any proxy', { ...other(), pods: [pod('other/a', { revision: null })] }],
    [
      'one of another revision',
      { ...other({ 'istio.io/rev': 'theirs' }), pods: [pod('other/a', { revision: 'theirs' })] },
    ],
    ['gateways that istiod makes', { ...other(), ...gateway, pods: [gatewayPod] }],
    ['one with the tag of the Gateway API', { ...ofGatewayApi, ...gateway, pods: [gatewayPod] }],
    ['one whose injection is off', other({ 'istio-injection': 'disabled' })],
  ])('lets %s pass', (_name, facts) => expectFound('unassigned-namespace', facts, []));

  test.each<[...Case, RegExp]>([
    [
      'with proxies of the old revision',
      { ...other(), pods: [pod('other/a'), pod('other/b')] },
      /in no group, and 2 of its pods have proxies of revision 1-31-0/,
    ],
    ['with the label of the old revision', other({ 'istio.io/rev': '1-31-0' }), /labelled istio\.io\/rev=1-31-0/],
    ['with istio-injection', other({ 'istio-injection': 'enabled' }), /labelled istio-injection=enabled/],
    ['with the default tag', other({ 'istio.io/rev': 'default' }), /tag "default", which belongs to no group/],
    [
      'with the tag of the Gateway API and workloads',
      {
        ...ofGatewayApi,
        ...gateway,
        pods: [gatewayPod, pod('other/b'), pod('other/c', { labels: named, owner: null })],
      },
      /in no group, and 2 of its pods have proxies of revision 1-31-0/,
    ],
    [
      'with a tag that the mesh had before',
      {
        ...other({ 'istio.io/rev': 'former' }),
        old: side({
          revision: '1-31-0',
          routing: [
            object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'istio-revision-tag-former', {
              labels: { 'istio.io/tag': 'former' },
            }),
          ],
        }),
      },
      /tag "former"/,
    ],
  ])('names a namespace %s', (_name, facts, reason) => {
    expectFound('unassigned-namespace', facts, [['fail', 'Namespace other', reason]]);
  });
});

describe('pinned-template', () => {
  const web = (labels: Labels, annotations: Labels = {}) => ({
    workloads: [workload('shop/web', { template: { labels, annotations } })],
  });
  const madeForGateway = {
    workloads: [
      workload('shop/web', {
        labels: { 'gateway.istio.io/managed': 'istio.io-gateway-controller' },
        template: { labels: { 'sidecar.istio.io/inject': 'false', 'istio.io/rev': 'gateways' } },
      }),
    ],
  };

  test.each<Case>([
    ['templates that say nothing', {}],
    ['one that asks for what its namespace gives', web({ 'sidecar.istio.io/inject': 'true' })],
    ['one that istiod made for a Gateway', madeForGateway],
    [
      'one of no group',
      { workloads: [workload('default/web', { template: { labels: { 'istio.io/rev': '1-31-0' } } })] },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('pinned-template', facts, []));

  test.each<[...Case, Found]>([
    [
      'the old revision',
      web({ 'istio.io/rev': '1-31-0' }),
      ['fail', 'Deployment shop/web', /pins revision 1-31-0, which the upgrade retires/],
    ],
    [
      'the new revision',
      web({ 'istio.io/rev': '1-31-1' }),
      ['note', 'Deployment shop/web', /=1-31-1, the new revision/],
    ],
    [
      'a tag of the mesh',
      web({ 'istio.io/rev': 'tag-canary' }),
      ['note', 'Deployment shop/web', /=tag-canary, a tag of the mesh/],
    ],
    [
      'what is not of this mesh',
      web({ 'istio.io/rev': 'theirs' }),
      ['note', 'Deployment shop/web', /nothing of this mesh/],
    ],
    [
      'no injection, by a label',
      web({ 'sidecar.istio.io/inject': 'false' }),
      ['note', 'Deployment shop/web', /has no proxy and is left alone/],
    ],
    [
      'no injection, by an annotation',
      web({}, { 'sidecar.istio.io/inject': 'false' }),
      ['note', 'Deployment shop/web', /is left alone/],
    ],
  ])('names a template that asks for %s', (_name, facts, found) => expectFound('pinned-template', facts, [found]));
});
