import { describe, expect, test } from 'vitest';
import { resourceNames } from '../../src/access/resource-name.ts';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'oddities.example.com' },
  spec: { group: 'example.com', names: { kind: 'Odd', plural: 'oddities' } },
};

describe('the resource of a kind', () => {
  test('is what its definition says', () => {
    const nameOf = resourceNames([definition]);
    expect(nameOf({ apiVersion: 'example.com/v2', kind: 'Odd' })).toEqual({
      apiGroup: 'example.com',
      resource: 'oddities',
    });
    expect(nameOf({ apiVersion: 'other.example/v1', kind: 'Odd' }).resource).toBe('odds');
  });

  test.each([
    ['v1', 'Service', 'services'],
    ['v1', 'Endpoints', 'endpoints'],
    ['networking.k8s.io/v1', 'Ingress', 'ingresses'],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'],
    ['gateway.networking.k8s.io/v1', 'Gateway', 'gateways'],
    ['gateway.networking.k8s.io/v1', 'GatewayClass', 'gatewayclasses'],
    ['networking.istio.io/v1', 'ServiceEntry', 'serviceentries'],
    ['telemetry.istio.io/v1', 'Telemetry', 'telemetries'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ])('is the plural that Kubernetes makes: %s %s', (apiVersion, kind, resource) => {
    expect(resourceNames([])({ apiVersion, kind }).resource).toBe(resource);
  });
});
