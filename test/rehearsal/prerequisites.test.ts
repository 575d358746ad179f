import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { prerequisiteSteps, refuseRepeatedPrerequisites } from '../../src/rehearsal/prerequisites.ts';

const object = (kind: string, name: string, namespace?: string, apiVersion = 'v1'): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const routes: KubernetesObject = {
  ...object('CustomResourceDefinition', 'routes.example.com', undefined, 'apiextensions.k8s.io/v1'),
  spec: { group: 'example.com', names: { kind: 'Route' }, versions: [{ name: 'v1', served: true }] },
};
const route = object('Route', 'web', 'shop', 'example.com/v1');
const secret = object('Secret', 'tls', 'gateways');

describe('prerequisites', () => {
  test('are applied with CRDs first, then namespaces, then what Kubernetes knows, and objects of the CRDs last', () => {
    const shop = { ...object('Namespace', 'shop'), metadata: { name: 'shop', labels: { 'istio.io/rev': 'prod' } } };
    const own = object('Namespace', 'own');
    expect(prerequisiteSteps([route, secret, own, routes], [shop, object('Namespace', 'elsewhere')])).toEqual({
      definitions: [routes],
      namespaces: [own, shop, object('Namespace', 'gateways')],
      builtIn: [secret],
      custom: [route],
    });
  });

  test('that come anyway are refused, each with its place', () => {
    const placed = [
      { object: secret, place: 'given.yaml:1' },
      { object: route, place: 'given.yaml:9' },
      { object: object('Namespace', 'gateways'), place: 'given.yaml:20' },
    ];
    const bundle = { who: 'the bundle brings', objects: [secret, routes, object('Namespace', 'gateways')] };
    expect(() => refuseRepeatedPrerequisites(placed, [bundle])).toThrow(
      [
        'The manifests given as prerequisites hold what comes anyway; take it out of them',
        'given.yaml:1: Secret gateways/tls, which the bundle brings too',
        'given.yaml:9: Route shop/web, whose kind the bundle brings: give it as workloads',
      ].join('\n'),
    );
  });
});
