import type { KubernetesObject } from '../../src/ports/objects.ts';

export interface WorkloadFields {
  /** Of the workload itself. */
  spec?: Record<string, unknown>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Of its pods. */
  podSpec?: Record<string, unknown>;
}

/** A workload with one container, as its team deploys it. */
export function workload(kind: string, name: string, namespace: string, fields: WorkloadFields = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...fields.spec,
      template: {
        metadata: { labels: { app: name, ...fields.labels }, annotations: { ...fields.annotations } },
        spec: podSpec(fields.podSpec),
      },
    },
  };
}

export function podSpec(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { containers: [{ name: 'main', image: 'registry.example/app:1' }], ...more };
}
