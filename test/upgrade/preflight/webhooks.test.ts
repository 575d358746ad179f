import { describe, test } from 'vitest';
import { endpoints, meshFacts, object, side, webhook } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

const injector = 'MutatingWebhookConfiguration istio-sidecar-injector-1-31-0';
/** A bundle whose webhooks are those that a case gives it. */
const old = side({ revision: '1-31-0' });
const running = webhook('istio-sidecar-injector-1-31-0');

describe('webhooks', () => {
  test.each<Case>([
    ['webhooks with a Service, an endpoint and a CA bundle', {}],
    [
      'webhooks of another revision, whatever their state',
      {
        webhooks: [running, webhook('istio-sidecar-injector-x', { revision: 'x', caBundle: '' })],
      },
    ],
    [
      'webhooks that are not of Istio',
      {
        webhooks: [
          running,
          object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'policy', {
            webhooks: [{ name: 'policy.example.com', clientConfig: { service: { namespace: 'x', name: 'x' } } }],
          }),
        ],
      },
    ],
    [
      'webhooks at an address',
      {
        webhooks: [
          object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'far', {
            labels: { 'istio.io/rev': '1-31-0' },
            webhooks: [{ name: 'rev.validation.istio.io', clientConfig: { url: 'https://istiod.example.com' } }],
          }),
        ],
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('webhooks', { old, ...facts }, []));

  test.each<[...Case, Found[]]>([
    [
      'webhooks of the promoted bundle that are not there',
      {
        old: side({ revision: '1-31-0', routing: [running, webhook('istio-revision-tag-prod', { tag: 'prod' })] }),
        webhooks: [running],
      },
      [['fail', 'MutatingWebhookConfiguration istio-revision-tag-prod', /belongs to the promoted bundle and does not/]],
    ],
    [
      'a Service that is not there',
      { services: [] },
      [
        ['fail', injector, /points to Service istio-system\/istiod-1-31-0, which does not exist/],
        ['fail', 'MutatingWebhookConfiguration istio-revision-tag-default', /does not exist/],
        ['fail', 'ValidatingWebhookConfiguration istiod-default-validator', /does not exist/],
      ],
    ],
    [
      'a Service without a ready endpoint',
      { webhooks: [running], endpointSlices: [endpoints('istiod-1-31-0', false), endpoints('istiod-x', true)] },
      [['fail', injector, /Service istio-system\/istiod-1-31-0 behind it has no ready endpoint/]],
    ],
    [
      'a webhook without a CA bundle',
      { webhooks: [webhook('istio-sidecar-injector-1-31-0', { caBundle: '' })] },
      [['fail', injector, /webhook rev\.namespace\.sidecar-injector\.istio\.io has no CA bundle/]],
    ],
    [
      'a tag whose Service is its own and is not there',
      { webhooks: [webhook('istio-revision-tag-prod', { tag: 'prod', service: 'istiod-revision-tag-prod' })] },
      [
        [
          'fail',
          'MutatingWebhookConfiguration istio-revision-tag-prod',
          /istiod-revision-tag-prod, which does not exist/,
        ],
      ],
    ],
    [
      'an injector that does not answer',
      { injector: { trouble: 'failed calling webhook', conclusive: true } },
      [['fail', undefined, /injector of revision 1-31-0 does not answer as it should: failed calling webhook/]],
    ],
    [
      'a pod that something else refused',
      { injector: { trouble: 'exceeded quota', conclusive: false } },
      [['warn', undefined, /is not known: exceeded quota/]],
    ],
  ])('names %s', (_name, facts, found) => expectFound('webhooks', { old, ...facts }, found));
});

describe('leftovers', () => {
  const next = { 'istio.io/rev': '1-31-1' };
  const istiod = object('apps/v1', 'Deployment', 'istio-system/istiod-1-31-1', { labels: next });
  const service = object('v1', 'Service', 'istio-system/istiod-1-31-1', { labels: next });
  const map = object('v1', 'ConfigMap', 'istio-system/istio-1-31-1', { labels: next });
  const noted = (kind: string, name: string, apiVersion = 'v1') => ({
    id: { apiVersion, kind, namespace: 'istio-system', name },
    stage: 'revision' as const,
    uid: '1',
  });

  test.each<Case>([
    ['a cluster with the old revision alone', {}],
    [
      'objects of the new revision that the inventory has',
      {
        workloads: [istiod],
        services: [...meshFacts().services, service],
        inventory: [noted('Deployment', 'istiod-1-31-1', 'apps/v1'), noted('Service', 'istiod-1-31-1')],
      },
    ],
    [
      'what is of the new revision elsewhere',
      {
        workloads: [object('apps/v1', 'Deployment', 'shop/web', { labels: next })],
      },
    ],
    [
      'another revision that is whole',
      {
        webhooks: [...meshFacts().webhooks, webhook('istio-sidecar-injector-x', { revision: 'x' })],
        services: [...meshFacts().services, object('v1', 'Service', 'istio-system/istiod-x')],
      },
    ],
    ['webhooks of the running revision, which have a check of their own', { services: [] }],
  ])('lets %s pass', (_name, facts) => expectFound('leftovers', facts, []));

  test('names each object of the new revision that nothing tells of', () => {
    const facts = {
      workloads: [istiod],
      services: [...meshFacts().services, service],
      configMaps: [map],
      webhooks: [webhook('istio-revision-tag-beta', { revision: '1-31-1', tag: 'beta' })],
    };
    expectFound('leftovers', facts, [
      ['fail', 'Deployment istio-system/istiod-1-31-1', /of revision 1-31-1 already/],
      ['fail', 'Service istio-system/istiod-1-31-1', /of revision 1-31-1 already/],
      ['fail', 'ConfigMap istio-system/istio-1-31-1', /of revision 1-31-1 already/],
      ['fail', 'MutatingWebhookConfiguration istio-revision-tag-beta', /\(tag "beta"\) already/],
    ]);
  });

  test('names webhooks of any other revision that point at nothing', () => {
    const facts = {
      webhooks: [...meshFacts().webhooks, webhook('istio-revision-tag-x', { revision: '1-20', tag: 'x' })],
    };
    expectFound('leftovers', facts, [
      ['fail', 'MutatingWebhookConfiguration istio-revision-tag-x', /points to Service istio-system\/istiod-1-20/],
    ]);
  });

  test.each([
    ['fail', '1-30-9', /tag "prod" points to revision 1-30-9, and the mesh runs 1-31-0/],
    ['note', '1-31-1', /tag "prod" points to revision 1-31-1 already: an upgrade to it was begun before/],
  ] as const)('has a %s for a tag of the mesh that points to %s', (level, revision, reason) => {
    const moved = webhook('istio-revision-tag-prod', { revision, tag: 'prod', service: 'istiod-1-31-0' });
    const { apiVersion, kind } = moved;
    const entry = { id: { apiVersion, kind, name: moved.metadata.name }, stage: 'routing' as const, uid: '1' };
    expectFound('leftovers', { webhooks: [moved], inventory: [entry] }, [
      [level, 'MutatingWebhookConfiguration istio-revision-tag-prod', reason],
    ]);
  });
});
