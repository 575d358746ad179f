import type { KubernetesObject } from '../../src/ports/objects.ts';
import { workload } from './workloads.ts';

export interface ProxyPodFields {
  namespace?: string;
  /** Revision of its proxy; null for a pod without one. */
  revision?: string | null;
  /** Id of the move that its template carries. */
  restart?: string;
  ready?: boolean;
  /** With the UID `uid-<kind>-<name>` where none is given. */
  controller?: { kind: string; name: string; uid?: string };
  labels?: Record<string, string>;
  /** Reason for which its container waits. */
  waits?: string;
}

/** A pod with a proxy of the old revision, ready, of the Deployment `web`. */
export function proxyPod(name: string, fields: ProxyPodFields = {}): KubernetesObject {
  const { namespace = 'shop', revision = 'old', restart, ready = true, waits } = fields;
  const controller = fields.controller ?? { kind: 'ReplicaSet', name: 'web-abc' };
  const annotations = {
    ...(revision === null ? {} : { 'istio.io/rev': revision }),
    ...(restart === undefined ? {} : { 'istio-delivery/restart': restart }),
  };
  const proxy = revision === null ? [] : [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      creationTimestamp: '2026-11-23T20:00:00Z',
      labels: fields.labels ?? { app: 'web', 'pod-template-hash': 'abc' },
      annotations,
      ownerReferences: controller.kind === 'Pod' ? [] : [ownerReference(controller)],
    },
    spec: { containers: [{ name: 'main' }], initContainers: proxy },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'main', ready, state: waits ? { waiting: { reason: waits } } : { running: {} } }],
    },
  };
}

function ownerReference({ kind, name, uid = `uid-${kind}-${name}` }: NonNullable<ProxyPodFields['controller']>) {
  return { apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, name, uid, controller: true };
}

/** The Deployment `web`, rolled out, with overrides of its template and its spec. */
export function rolledOut(
  kind = 'Deployment',
  fields: Parameters<typeof workload>[3] & { generation?: number; status?: Record<string, unknown> } = {},
): KubernetesObject {
  const { generation = 1, status, ...rest } = fields;
  const object = workload(kind, 'web', 'shop', { ...rest, spec: { replicas: 2, ...rest.spec } });
  const full = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  return {
    ...object,
    metadata: { ...object.metadata, uid: `uid-${kind}-web`, generation },
    status: { observedGeneration: generation, ...full, ...status },
  };
}
