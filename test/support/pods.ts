import type { Container, Pod } from '../../src/local/pod.ts';
import type { Service } from '../../src/local/service-route.ts';

export interface PodFields {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  containers?: Container[];
  initContainers?: Container[];
  ip?: string;
  phase?: string;
  deleted?: boolean;
}

/** A pod that runs, with the fields that matter to a test. */
export function makePod({ name = 'web-1', namespace = 'shop', containers, ...fields }: PodFields = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      labels: fields.labels ?? { app: 'web', 'pod-template-hash': 'abc' },
      annotations: fields.annotations ?? {},
      ...(fields.deleted ? { deletionTimestamp: '2026-11-23T20:00:00Z' } : {}),
    },
    spec: {
      nodeName: 'node-0',
      serviceAccountName: 'web',
      containers: containers ?? [{ name: 'web', image: 'web:1' }],
      ...(fields.initContainers ? { initContainers: fields.initContainers } : {}),
    },
    status: {
      phase: fields.phase ?? 'Running',
      podIP: fields.ip ?? '10.244.0.7',
      podIPs: [{ ip: fields.ip ?? '10.244.0.7' }],
      hostIP: '172.18.0.2',
      conditions: [],
      containerStatuses: (containers ?? [{ name: 'web' }]).map((container) => ({
        name: container.name,
        ready: false,
        restartCount: 0,
      })),
    },
  };
}

/** A pod of an istiod's ReplicaSet. */
export function makeIstiodPod(fields: PodFields & { revision?: string; hash?: string } = {}): Pod {
  const { revision = '1-31-0', hash = 'abc', ...rest } = fields;
  return makePod({
    name: `istiod-${revision}-${hash}-1`,
    namespace: 'istio-system',
    labels: { app: 'istiod', 'istio.io/rev': revision, 'pod-template-hash': hash },
    containers: [
      {
        name: 'discovery',
        image: 'docker.io/istio/pilot:1.31.0',
        args: ['discovery', '--monitoringAddr=:15014', '--domain', 'cluster.local', '--kubeconfig', '/x'],
        ports: [{ name: 'https-webhooks', containerPort: 15017 }],
      },
    ],
    ...rest,
  });
}

/** The Service of an istiod revision. */
export function makeIstiodService(revision = '1-31-0', clusterIP = '10.96.0.9'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `istiod-${revision}`, namespace: 'istio-system' },
    spec: {
      clusterIP,
      selector: { app: 'istiod', 'istio.io/rev': revision },
      ports: [
        { name: 'grpc-xds', port: 15010 },
        { name: 'https-dns', port: 15012 },
        { name: 'https-webhook', port: 443, targetPort: 15017 },
        { name: 'named', port: 444, targetPort: 'https-webhooks' },
        { name: 'http-monitoring', port: 15014 },
      ],
    },
  };
}
