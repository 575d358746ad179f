import { describe, expect, test } from 'vitest';
import { configObjects } from '../../src/bundle/config-objects.ts';
import type { ConfigDirectory } from '../../src/mesh/mesh-schema.ts';
import { mesh } from '../support/meshes.ts';

const acme = mesh(
  [
    'gateways: [{ name: ingress, class: ingress }]',
    'groups: [{ name: a, tag: prod, namespaces: { names: [shop, pay] } }]',
  ].join('\n'),
);

function object(apiVersion: string, kind: string, namespace?: string, name = 'x'): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: ${name}${place} } }\n`;
}

function read(owner: ConfigDirectory['owner'], text: string, namespaces?: string[]) {
  const directory = { owner, path: 'config', ...(namespaces === undefined ? {} : { namespaces }) };
  return configObjects(acme, [{ directory, file: 'config/x.yaml', text }]);
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
    expect(read(owner, object(apiVersion, kind, namespace))).toHaveLength(1);
  });

  test('may have empty documents and comments', () => {
    expect(
      read('root', `# none\n---\n${object('telemetry.istio.io/v1', 'Telemetry', 'istio-config')}---\n`),
    ).toHaveLength(1);
  });
});

describe('configuration is refused', () => {
  test.each<[ConfigDirectory['owner'], string, string]>([
    [
      'root',
      object('telemetry.istio.io/v1', 'Telemetry'),
      'Telemetry x has no namespace, which is no namespace for owner root; set "istio-config"',
    ],
    [
      'root',
      object('telemetry.istio.io/v1', 'Telemetry', 'shop'),
      'Telemetry shop/x is in namespace "shop", which is no namespace for owner root; set "istio-config"',
    ],
    [
      'root',
      object('networking.istio.io/v1', 'VirtualService', 'istio-config'),
      'VirtualService istio-config/x has no place in the root namespace; move it to its gateways or services',
    ],
    [
      'root',
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'istio-config'),
      'HTTPRoute istio-config/x has no place in the root namespace; move it to its gateways or services',
    ],
    [
      'services',
      object('networking.istio.io/v1', 'Gateway', 'shop'),
      'Gateway shop/x belongs to the owners of the gateways; move it to a directory with owner gateways',
    ],
    [
      'services',
      object('networking.istio.io/v1', 'VirtualService', 'istio-system'),
      'VirtualService istio-system/x is in namespace "istio-system", which is no namespace for owner services; set "shop" or "pay"',
    ],
    [
      'gateways',
      object('networking.istio.io/v1', 'Sidecar', 'istio-gateways'),
      'Sidecar istio-gateways/x is about workloads; move it to a directory with owner services',
    ],
    [
      'root',
      object('v1', 'ConfigMap', 'istio-config'),
      'ConfigMap istio-config/x is of v1, but configuration is of Istio or the Gateway API; deliver it with what it belongs to',
    ],
    [
      'root',
      object('networking.istio.io/v1', 'EnvoyFiler', 'istio-config'),
      'EnvoyFiler istio-config/x is of a kind that networking.istio.io does not have; did you mean "EnvoyFilter"?',
    ],
    [
      'root',
      object('install.istio.io/v1alpha1', 'IstioOperator', 'istio-config'),
      'IstioOperator istio-config/x is an IstioOperator, which no operator reads in a cluster since Istio 1.24; move its settings to istio.values of the mesh file',
    ],
    ['root', 'a: 1\n', 'expected an object with apiVersion, kind and metadata.name, got another document'],
  ])('%s: %s', (owner, text, problem) => {
    expect(() => read(owner, text)).toThrow(`The configuration of mesh acme has an error\nconfig/x.yaml: ${problem}`);
  });

  test('outside the namespaces that its directory names', () => {
    const text = object('networking.istio.io/v1', 'VirtualService', 'pay');
    expect(() => read('services', text, ['shop'])).toThrow('VirtualService pay/x is in namespace "pay"');
  });

  test('when an object stands there twice, and every error is said', () => {
    const text = object('telemetry.istio.io/v1', 'Telemetry', 'shop');
    expect(() => read('root', `${text}---\n${text}`)).toThrow('has 3 errors');
  });
});
