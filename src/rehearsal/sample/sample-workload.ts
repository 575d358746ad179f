import type { KubernetesObject } from '../../ports/objects.ts';
import { type SampleOptions, samplePorts } from './sample-options.ts';

export interface SampleWorkload {
  name: string;
  namespace: string;
  /** Arguments of `sample serve`. */
  args: string[];
  inMesh: boolean;
  /** Ports of the Service by name, and those of the container that they lead to. */
  ports: { name: keyof typeof samplePorts; port: number }[];
  /** Names that the pod resolves by itself, with their addresses. */
  hostAliases?: { ip: string; hostnames: string[] }[];
}

/** Seconds for which a server goes on after it was told to end: by then no proxy sends anything to it any more. */
const drainSeconds = 10;

/** Seconds that the server takes at most to end after that. */
const endSeconds = 5;

/**
 * A sidecar may be told to end together with its server, and is the server's only way out and in: it drains for longer
 * than the server takes, or the last requests would be cut off.
 */
const proxyDrainSeconds = drainSeconds + endSeconds + 5;

/** A server, its Service and its disruption budget. */
export function workloadObjects(
  workload: SampleWorkload,
  options: Pick<SampleOptions, 'image' | 'pullPolicy'>,
): KubernetesObject[] {
  const { name, namespace, ports } = workload;
  const selector = { app: name };
  const metadata = { name, namespace, labels: sampleLabels(name) };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: ports.map((port) => ({ ...port, targetPort: samplePorts[port.name] })) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: selector },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: podTemplate(workload, options),
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: 1, selector: { matchLabels: selector } },
    },
  ];
}

export function sampleLabels(name: string): Record<string, string> {
  return { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'istio-delivery-sample' };
}

function podTemplate(
  { name, args, inMesh, hostAliases }: SampleWorkload,
  image: Pick<SampleOptions, 'image' | 'pullPolicy'>,
) {
  return {
    metadata: {
      labels: { ...sampleLabels(name), ...(inMesh ? {} : { 'sidecar.istio.io/inject': 'false' }) },
      ...(inMesh ? { annotations: proxyAnnotations } : {}),
    },
    spec: {
      // A sidecar of its own kind of container is told to end when its server has ended.
      terminationGracePeriodSeconds: drainSeconds + endSeconds + proxyDrainSeconds + 5,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(hostAliases === undefined ? {} : { hostAliases }),
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'sample',
          image: image.image,
          imagePullPolicy: image.pullPolicy,
          command: ['/sample'],
          args: ['serve', '--name', name, '--drain', `${drainSeconds}s`, ...args],
          ports: Object.entries(samplePorts).map(([port, containerPort]) => ({ name: port, containerPort })),
          readinessProbe: { httpGet: { path: '/ready', port: samplePorts.http }, periodSeconds: 1, timeoutSeconds: 3 },
          resources: { requests: { cpu: '10m', memory: '24Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

const proxyAnnotations = {
  'proxy.istio.io/config': JSON.stringify({
    // A server that starts before its sidecar cannot reach the next one yet.
    holdApplicationUntilProxyStarts: true,
    terminationDrainDuration: `${proxyDrainSeconds}s`,
  }),
  // Many of them share the node of a rehearsal.
  'sidecar.istio.io/proxyCPU': '20m',
  'sidecar.istio.io/proxyMemory': '64Mi',
};
