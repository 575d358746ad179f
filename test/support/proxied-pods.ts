import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

export interface PodOptions {
  revision?: string;
  ready?: boolean;
  /** Seconds after the first of January 2026. */
  age?: number;
}

/** A pod of namespace shop with a proxy in it. */
export function proxiedPod(
  name: string,
  { revision = 'new', ready = true, age = 0 }: PodOptions = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: new Date(Date.parse('2026-01-01T00:00:00Z') + age * 1000).toISOString(),
      annotations: { 'istio.io/rev': revision },
    },
    spec: { containers: [{ name: 'app' }, { name: 'istio-proxy' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

/** A cluster of which no more than its pods can be listed; they may change between two looks. */
export function clusterOfPods(pods: () => KubernetesObject[]): Cluster {
  return { name: 'dev', list: async () => ({ resourceVersion: '1', items: pods() }) } as unknown as Cluster;
}
