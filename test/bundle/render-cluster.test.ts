import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/bundle/bundle.ts';
import { renderCluster } from '../../src/bundle/render-cluster.ts';
import { meshForCluster } from '../../src/mesh/mesh-for-cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { mesh } from '../support/meshes.ts';

function object(kind: string, name: string, labels?: Record<string, string>): KubernetesObject {
  return { apiVersion: 'x/v1', kind, metadata: { name, ...(labels === undefined ? {} : { labels }) }, webhooks: [{}] };
}

function tag(name: string): KubernetesObject[] {
  return ['MutatingWebhookConfiguration', 'Service'].map((kind) => object(kind, `t-${name}`, { 'istio.io/tag': name }));
}

const istio = [
  object('ServiceAccount', 'istio-reader-service-account'),
  object('ClusterRole', 'istiod-clusterrole-1-31-0-istio-system'),
  object('ConfigMap', 'istio-1-31-0'),
  object('ConfigMap', 'istio-1-31-01'),
  object('CustomResourceDefinition', 'sidecars.networking.istio.io'),
  object('ValidatingWebhookConfiguration', 'istiod-default-validator'),
  ...tag('default'),
  ...tag('prod'),
];

const more = [
  'gateways: [{ name: ingress, class: ingress }]',
  'groups: [{ name: a, tag: prod, namespaces: { names: [shop] } }]',
].join('\n');

function render(text = more, sources: { istio?: KubernetesObject[]; config?: KubernetesObject[] } = {}) {
  return renderCluster(meshForCluster(mesh(text), 'dev'), { istio, config: [], ...sources });
}

function names(stage: Stage, stages = render()): string[] {
  return stages.find((each) => each.stage === stage)?.objects.map((each) => formatObjectId(objectId(each))) ?? [];
}

describe('stages', () => {
  test.each<[Stage, string[]]>([
    ['namespaces', ['Namespace istio-config', 'Namespace istio-gateways', 'Namespace istio-system']],
    ['crds', ['CustomResourceDefinition sidecars.networking.istio.io']],
    ['base', ['ServiceAccount istio-reader-service-account', 'ConfigMap istio-1-31-01']],
    ['revision', ['ClusterRole istiod-clusterrole-1-31-0-istio-system', 'ConfigMap istio-1-31-0']],
    [
      'gateways',
      [
        'ServiceAccount istio-gateways/ingress',
        'Role istio-gateways/ingress',
        'RoleBinding istio-gateways/ingress',
        'Deployment istio-gateways/ingress-1-31-0',
        'HorizontalPodAutoscaler istio-gateways/ingress-1-31-0',
        'PodDisruptionBudget istio-gateways/ingress-1-31-0',
      ],
    ],
    [
      'routing',
      [
        'Namespace shop',
        'Service istio-gateways/ingress',
        'Service t-default',
        'Service t-prod',
        'MutatingWebhookConfiguration t-default',
        'MutatingWebhookConfiguration t-prod',
        'ValidatingWebhookConfiguration istiod-default-validator',
      ],
    ],
  ])('%s has its objects in order', (stage, expected) => {
    expect(names(stage)).toEqual(expected);
  });

  test('without objects are left out', () => {
    expect(render().map(({ stage }) => stage)).not.toContain('config');
  });

  test('are in the same order whatever the order of the sources', () => {
    expect(render(more, { istio: istio.toReversed() })).toEqual(render());
  });
});

describe('labels', () => {
  test('say the mesh on every object but the namespaces of others', () => {
    const unlabelled = render()
      .flatMap(({ objects }) => objects)
      .filter(({ metadata }) => metadata.labels?.['istio-delivery/mesh'] !== 'acme');
    expect(unlabelled).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { 'istio.io/rev': 'prod' } } },
    ]);
  });

  test('leave a namespace to its owner where the group says so', () => {
    const owner = more.replace('tag: prod', 'tag: prod, label: owner');
    expect(names('routing', render(owner))).not.toContain('Namespace shop');
  });
});

test('a namespace that configuration goes into is there before it', () => {
  const policy = { ...object('PeerAuthentication', 'default'), metadata: { name: 'default', namespace: 'shop' } };
  const stages = render(more, { config: [policy] });
  expect(names('namespaces', stages)).toContain('Namespace shop');
  expect(names('routing', stages)).not.toContain('Namespace shop');
});

test('the default validator is of the default tag, and only for objects of no revision', () => {
  const validator = render()
    .flatMap(({ objects }) => objects)
    .find(({ metadata }) => metadata.name === 'istiod-default-validator');
  expect(validator?.metadata.labels?.['istio.io/tag']).toBe('default');
  expect(validator?.webhooks).toEqual([
    { objectSelector: { matchExpressions: [{ key: 'istio.io/rev', operator: 'DoesNotExist' }] } },
  ]);
});

test('a render without a tag is refused', () => {
  const without = istio.filter(({ metadata }) => metadata.name !== 't-prod');
  expect(() => render(more, { istio: without })).toThrow(
    'istioctl 1.31.0 did not render the MutatingWebhookConfiguration of tag prod, the Service of tag prod',
  );
});

test('two objects of one name are refused', () => {
  expect(() =>
    render(more, { istio: [...istio, object('Namespace', 'istio-system'), object('ConfigMap', 'istio-1-31-0')] }),
  ).toThrow('is rendered twice');
});

test('a Secret that values make the charts bring is refused, by name and with what to do instead', () => {
  const made = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cacerts', namespace: 'istio-system' } };
  expect(() => render(more, { istio: [...istio, made] })).toThrow(
    /would hold Secret istio-system\/cacerts, .* create it in the cluster by what keeps your secrets/,
  );
});
