import { describe, expect, test } from 'vitest';
import { configObjects, sourcesOf } from '../../src/bundle/config-objects.ts';
import type { ConfigDirectory } from '../../src/mesh/mesh-schema.ts';
import { formatProblems } from '../../src/mesh/problem.ts';
import { mesh } from '../support/meshes.ts';

const acme = mesh(
  [
    'gateways: [{ name: ingress, class: ingress }]',
    'gatewayApi: { tag: prod-gateways }',
    'groups: [{ name: a, tag: prod, namespaces: { names: [shop, pay] } }]',
  ].join('\n'),
);

function object(apiVersion: string, kind: string, namespace?: string, more = ''): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: x${place}${more} } }\n`;
}

function read(owner: ConfigDirectory['owner'], text: string, namespaces?: string[]) {
  const directory = { owner, path: 'config', ...(namespaces === undefined ? {} : { namespaces }) };
  return configObjects(acme, [{ directory, file: 'config/x.yaml', text }]);
}

function problemsOf(owner: ConfigDirectory['owner'], text: string, namespaces?: string[]): string[] {
  return formatProblems(read(owner, text, namespaces).problems);
}

describe('configuration that stands where it may', () => {
  test.each<[ConfigDirectory['owner'], string, string, string]>([
    ['root', 'telemetry.istio.io/v1', 'Telemetry', 'istio-config'],
    ['root', 'networking.istio.io/v1alpha3', 'EnvoyFilter', 'istio-config'],
    ['gateways', 'networking.istio.io/v1', 'Gateway', 'istio-gateways'],
    ['gateways', 'networking.istio.io/v1', 'VirtualService', 'istio-gateways'],
    ['services', 'security.istio.io/v1', 'AuthorizationPolicy', 'pay'],
    ['services', 'gateway.networking.k8s.io/v1', 'HTTPRoute', 'shop'],
  ])('%s: %s %s in %s', (owner, apiVersion, kind, namespace) => {
    const { objects, problems } = read(owner, object(apiVersion, kind, namespace));
    expect([objects.length, problems]).toEqual([1, []]);
  });

  test('may have empty documents and comments', () => {
    const text = `# none\n---\n${object('telemetry.istio.io/v1', 'Telemetry', 'istio-config')}---\n`;
    const { objects, problems } = read('root', text);
    expect([objects.length, problems]).toEqual([1, []]);
    expect(sourcesOf(objects)).toEqual({ 'telemetry.istio.io/Telemetry/istio-config/x': 'config/x.yaml:3' });
  });

  test.each<[string, string, string]>([
    ['networking.istio.io/v1', 'VirtualService', '1-31-0'],
    ['networking.istio.io/v1', 'VirtualService', '1-30-5'],
    ['gateway.networking.k8s.io/v1', 'Gateway', 'prod-gateways'],
    ['gateway.networking.k8s.io/v1', 'Gateway', 'prod'],
  ])('may be bound to a revision, and a Gateway of the Gateway API to a tag: %s %s, %s', (apiVersion, kind, value) => {
    const namespace = 'istio-gateways';
    expect(problemsOf('gateways', object(apiVersion, kind, namespace, `, labels: {istio.io/rev: ${value}}`))).toEqual(
      [],
    );
  });
});

describe('configuration is refused', () => {
  test.each<[ConfigDirectory['owner'], string, string]>([
    [
      'root',
      object('telemetry.istio.io/v1', 'Telemetry'),
      'Telemetry x metadata.namespace: expected a namespace of owner root, got nothing; set "istio-config"',
    ],
    [
      'root',
      object('telemetry.istio.io/v1', 'Telemetry', 'shop'),
      'Telemetry shop/x metadata.namespace: expected a namespace of owner root, got "shop"; set "istio-config"',
    ],
    [
      'root',
      object('networking.istio.io/v1', 'VirtualService', 'istio-config'),
      'VirtualService istio-config/x kind: expected a kind that owner root may write, got "VirtualService": it has no place in the root namespace; move it to its gateways or services',
    ],
    [
      'root',
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'istio-config'),
      'HTTPRoute istio-config/x kind: expected a kind that owner root may write, got "HTTPRoute": it has no place in the root namespace; move it to its gateways or services',
    ],
    [
      'services',
      object('networking.istio.io/v1', 'Gateway', 'shop'),
      'Gateway shop/x kind: expected a kind that owner services may write, got "Gateway", which belongs to the owners of the gateways; move it to a directory with owner gateways',
    ],
    [
      'services',
      object('networking.istio.io/v1', 'VirtualService', 'istio-system'),
      'VirtualService istio-system/x metadata.namespace: expected a namespace of owner services, got "istio-system"; set "shop" or "pay"',
    ],
    [
      'gateways',
      object('networking.istio.io/v1', 'Sidecar', 'istio-gateways'),
      'Sidecar istio-gateways/x kind: expected a kind that owner gateways may write, got "Sidecar", which is about workloads; move it to a directory with owner services',
    ],
    [
      'root',
      object('v1', 'ConfigMap', 'istio-config'),
      'ConfigMap istio-config/x apiVersion: expected configuration of Istio or the Gateway API, got v1; deliver it with what it belongs to',
    ],
    [
      'root',
      object('telemetry.istio.com/v1', 'Telemetry', 'istio-config'),
      'Telemetry istio-config/x apiVersion: expected configuration of Istio or the Gateway API, got telemetry.istio.com/v1; did you mean "telemetry.istio.io"?',
    ],
    [
      'root',
      object('networking.istio.io/v1', 'EnvoyFiler', 'istio-config'),
      'EnvoyFiler istio-config/x kind: expected a kind of networking.istio.io, got "EnvoyFiler"; did you mean "EnvoyFilter"?',
    ],
    [
      'root',
      object('install.istio.io/v1alpha1', 'IstioOperator', 'istio-config'),
      'IstioOperator istio-config/x kind: expected configuration of Istio or the Gateway API, got an IstioOperator, which no operator reads in a cluster since Istio 1.24; move its settings to istio.values of the mesh file',
    ],
    [
      'gateways',
      object('v1', 'Secret', 'istio-gateways'),
      'Secret istio-gateways/x kind: expected configuration of Istio or the Gateway API, got a Secret, which no bundle holds; create it in the cluster by what keeps your secrets (External Secrets, Sealed Secrets, cert-manager), and name it where it is used: credentialName of a Gateway',
    ],
    [
      'gateways',
      object('gateway.networking.k8s.io/v1', 'GatewayClass'),
      'GatewayClass x kind: expected an object of a namespace, got a GatewayClass of the whole cluster; deliver it with the Gateway API',
    ],
    ...['prod', 'prod-gateways', 'default'].map((tag): [ConfigDirectory['owner'], string, string] => [
      'services',
      object('networking.istio.io/v1', 'VirtualService', 'shop', `, labels: {istio.io/rev: ${tag}}`),
      `VirtualService shop/x metadata.labels."istio.io/rev": expected a revision, got the tag "${tag}": istiod compares the label with its own revision alone, so nothing reads or validates the object; remove the label, or set the revision "1-31-0"`,
    ]),
    [
      'services',
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'shop', ', labels: {istio.io/rev: prod-gateways}'),
      'HTTPRoute shop/x metadata.labels."istio.io/rev": expected a revision, got the tag "prod-gateways": istiod compares the label with its own revision alone, so nothing reads or validates the object; remove the label, or set the revision "1-31-0"',
    ],
  ])('%s: %s', (owner, text, problem) => {
    expect(problemsOf(owner, text)).toEqual([`config/x.yaml:1: ${problem}`]);
  });

  test('outside the namespaces that its directory names', () => {
    const text = object('networking.istio.io/v1', 'VirtualService', 'pay');
    expect(problemsOf('services', text, ['shop'])).toEqual([
      'config/x.yaml:1: VirtualService pay/x metadata.namespace: expected a namespace of owner services, got "pay"; set "shop"',
    ]);
  });

  test('and every problem is said, each at its line', () => {
    const text = object('telemetry.istio.io/v1', 'Telemetry', 'shop');
    expect(problemsOf('root', `${text}---\n${text}`).map((line) => line.split(' ')[0])).toEqual([
      'config/x.yaml:1:',
      'config/x.yaml:3:',
      'config/x.yaml:3:',
    ]);
  });
});
