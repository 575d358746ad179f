import { describe, expect, test } from 'vitest';
import { autoscalerMinimums, greatest, leastReplicas, startAtMinimum } from '../../src/bundle/autoscaled.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

function autoscaler(minReplicas?: number): KubernetesObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'istiod-1-31-0' };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'istiod', namespace: 'istio-system' },
    spec: { scaleTargetRef, ...(minReplicas === undefined ? {} : { minReplicas }) },
  };
}

function deployment(name: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'istio-system' }, spec };
}

describe('what is autoscaled', () => {
  test('is what the autoscalers point at, with their minimum', () => {
    expect([...autoscalerMinimums([autoscaler(2), deployment('other')])]).toEqual([
      ['apps/Deployment/istio-system/istiod-1-31-0', 2],
    ]);
  });

  test('wants its minimum, and everything else its own number, one where there is none', () => {
    const objects = [autoscaler(2), deployment('istiod-1-31-0', { replicas: 5 }), deployment('other')];
    const istiod = 'apps/Deployment/istio-system/istiod-1-31-0';
    const other = 'apps/Deployment/istio-system/other';
    expect([...leastReplicas(objects)].sort()).toEqual([
      [istiod, 2],
      [other, 1],
    ]);
    expect([...leastReplicas(objects, (_object, path) => path === '.spec.minReplicas')]).toEqual([[other, 1]]);
    expect([...leastReplicas(objects, (_object, path) => path === '.spec.replicas')]).toEqual([[istiod, 2]]);
    expect(greatest(new Map([[istiod, 2]]), new Map([[istiod, 4]]), new Map([[istiod, 3]])).get(istiod)).toBe(4);
  });

  test('starts with the minimum, and with one where the autoscaler names none', () => {
    expect(startAtMinimum([autoscaler(2), deployment('istiod-1-31-0')])[1]?.spec).toEqual({ replicas: 2 });
    expect(startAtMinimum([autoscaler(), deployment('istiod-1-31-0')])[1]?.spec).toEqual({ replicas: 1 });
  });

  test('keeps a number that was rendered, and leaves everything else alone', () => {
    const rendered = deployment('istiod-1-31-0', { replicas: 5 });
    const other = deployment('other');
    expect(startAtMinimum([autoscaler(2), rendered, other]).slice(1)).toEqual([rendered, other]);
  });
});
