import { describe, test } from 'vitest';
import { revisionLabel } from '../../../src/bundle/labels.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { type Labels, meshFacts, namespace, object, pod, webhook, workload } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

const base = meshFacts();
const mesh = { 'istio-delivery/mesh': 'acme' };
const pods = (...more: KubernetesObject[]) => ({ pods: [...base.pods, ...more] });
const webhooks = (...more: KubernetesObject[]) => ({ webhooks: [...base.webhooks, ...more] });
const services = (path: string, selector: Labels) => ({
  services: [...base.services, object('v1', 'Service', path, { spec: { selector } })],
});
const ofWorkload = (
  path: string,
  kind: 'Deployment' | 'StatefulSet',
  spec: Record<string, unknown> = {},
): Partial<MeshFacts> => {
  const name = path.split('/').at(-1) ?? '';
  return {
    workloads: [...base.workloads, workload(path, { kind, spec })],
    ...pods(pod(`${path}-0`, { owner: { kind, name } })),
  };
};

function job(kind: 'Job' | 'CronJob', path: string, labels: Labels): KubernetesObject {
  const template = { metadata: { labels } };
  return object('batch/v1', kind, path, {
    spec: kind === 'Job' ? { template } : { jobTemplate: { spec: { template } } },
  });
}

const old = { [revisionLabel]: '1-31-0' };

describe('retirement', () => {
  test.each<Case>([
    ['a mesh that moves as a whole', {}],
    [
      'a workload that stands still, which has a check of its own',
      ofWorkload('shop/db', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } }),
    ],
    [
      'a namespace of no group, which has a check of its own',
      { namespaces: [...base.namespaces, namespace('other', old)], ...pods(pod('other/a')) },
    ],
    [
      'a tag of another revision',
      webhooks(webhook('istio-revision-tag-theirs', { tag: 'theirs', revision: 'theirs' })),
    ],
    ['a Service of another revision', services('istio-gateways/theirs', { [revisionLabel]: 'theirs' })],
    [
      'a pod that a gateway of the Gateway API made',
      {
        workloads: [
          ...base.workloads,
          workload('istio-gateways/gate', { labels: { 'gateway.istio.io/managed': 'x' } }),
        ],
        ...pods(pod('istio-gateways/gate-1', { owner: { kind: 'Deployment', name: 'gate' } })),
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('retirement', facts, []));

  test.each<[...Case, Found]>([
    [
      'a tag that no bundle has',
      webhooks(webhook('istio-revision-tag-hand', { tag: 'hand' })),
      ['fail', 'tag hand', /it points at revision 1-31-0, and no step of the upgrade changes that/],
    ],
    [
      'a webhook that no bundle has',
      webhooks(webhook('hand-made', { service: 'istiod-1-31-0', revision: 'x' })),
      ['fail', 'MutatingWebhookConfiguration hand-made', /calls the istiod of revision 1-31-0/],
    ],
    [
      'a Service that no bundle has, wherever it is',
      services('shop/old-ingress', old),
      ['fail', 'Service shop/old-ingress', /selects pods of revision 1-31-0/],
    ],
    [
      'a gateway that no bundle has',
      ofWorkload('istio-gateways/former', 'Deployment'),
      ['fail', 'Deployment istio-gateways/former', /it has 1 pod with a proxy of revision 1-31-0/],
    ],
    [
      'a namespace of the mesh with the label of the revision',
      {
        namespaces: [
          ...base.namespaces.filter(({ metadata }) => metadata.name !== 'istio-gateways'),
          namespace('istio-gateways', old),
        ],
      },
      ['fail', 'Namespace istio-gateways', /labelled with revision 1-31-0/],
    ],
    [
      'a workload of no group that has no pods and pins the revision',
      { workloads: [...base.workloads, workload('other/a', { replicas: 0, template: { labels: old } })] },
      ['fail', 'Deployment other/a', /gives its pods the label/],
    ],
    [
      'a CronJob that pins the revision',
      { jobs: [job('CronJob', 'shop/nightly', old)] },
      ['fail', 'CronJob shop/nightly', /gives its pods the label/],
    ],
    [
      'a Job that pins the revision, for it ends',
      { jobs: [job('Job', 'shop/once', old)] },
      ['warn', 'Job shop/once', /gives its pods the label/],
    ],
    [
      'a bare pod of a group',
      pods(pod('shop/debug', { owner: null })),
      ['warn', 'Pod shop/debug', /has a proxy of revision 1-31-0/],
    ],
    [
      'a pod of a Job',
      pods(pod('shop/once-1', { owner: { kind: 'Job', name: 'once' } })),
      ['warn', 'Job shop/once', /has 1 pod with a proxy/],
    ],
    [
      'pods of what a group opted out by now',
      {
        workloads: [
          workload('payments/pay'),
          workload('shop/web', { template: { labels: { 'sidecar.istio.io/inject': 'false' } } }),
        ],
      },
      ['warn', 'Deployment shop/web', /has 1 pod with a proxy/],
    ],
    [
      'a proxy outside of the cluster',
      {
        connected: {
          kind: 'known',
          proxies: [{ pod: 'vm', namespace: 'shop', synced: true }],
        } as MeshFacts['connected'],
      },
      ['warn', 'proxy shop/vm', /is no pod of this cluster/],
    ],
    [
      'what somebody has made anew in the place of what the old bundle has',
      {
        webhooks: [
          {
            ...webhook('istio-sidecar-injector-1-31-0'),
            metadata: { ...webhook('istio-sidecar-injector-1-31-0').metadata, labels: old, uid: 'other' },
          },
          ...base.webhooks.slice(1),
        ],
      },
      ['fail', 'MutatingWebhookConfiguration istio-sidecar-injector-1-31-0', /calls the istiod of revision 1-31-0/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('retirement', facts, [found]));
});

describe('forgotten', () => {
  const labelled = (...more: KubernetesObject[]) => ({ labelled: more });
  const owned = { ownerReferences: [{ kind: 'Gateway', name: 'gate' }] };

  test.each<Case>([
    ['an object of the old bundle', labelled(object('v1', 'Service', 'istio-system/istiod-1-31-0', { labels: mesh }))],
    ['one of the new bundle', labelled(object('v1', 'Service', 'istio-system/istiod-1-31-1', { labels: mesh }))],
    [
      'one that a controller made for another',
      labelled(object('v1', 'Service', 'shop/gate', { labels: mesh, metadata: owned })),
    ],
  ])('lets %s pass', (_name, facts) => expectFound('forgotten', facts, []));

  test.each(['Service', 'Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'ConfigMap'])(
    'names a %s that neither bundle has',
    (kind) => {
      const left = object('v1', kind, 'istio-gateways/former', { labels: mesh });
      expectFound('forgotten', labelled(left), [
        ['warn', `${kind} istio-gateways/former`, /label of mesh acme, and neither bundle has it/],
      ]);
    },
  );
});

describe('dangling', () => {
  const mutating = base.webhooks.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const map = object('v1', 'ConfigMap', 'istio-system/istio-gone', { labels: { [revisionLabel]: 'gone' } });

  test('lets a mesh pass in which every pointer has its end', () => expectFound('dangling', {}, []));

  test.each<[...Case, Found]>([
    [
      'a Service of a revision that is gone, wherever it is',
      services('shop/stale', { [revisionLabel]: 'gone' }),
      ['fail', 'Service shop/stale', /it selects no pod: there is none of revision gone/],
    ],
    [
      'a ConfigMap of a revision that is gone',
      { configMaps: [map] },
      ['fail', 'ConfigMap istio-system/istio-gone', /it belongs to revision gone, which has no istiod/],
    ],
    [
      'a default without its validator',
      { webhooks: mutating },
      ['fail', 'ValidatingWebhookConfiguration istiod-default-validator', /it is missing/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('dangling', facts, [found]));

  test('names no webhook that another check names', () => {
    expectFound('dangling', webhooks(webhook('istio-sidecar-injector-x', { revision: 'x' })), []);
  });
});
