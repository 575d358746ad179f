import type { KubernetesObject } from '../ports/objects.ts';
import type { TrafficSource } from './traffic-source.ts';

/** On the Job of a probe and on its pod: the Job's name. */
export const probeLabel = 'istio-delivery/probe';

export interface TrafficJobOptions {
  name: string;
  namespace: string;
  sources: readonly TrafficSource[];
  /** Seconds after which the cluster ends the traffic by itself, where nobody else does. */
  longest: number;
}

/** Seconds that a Job which the cluster has ended is kept, so that somebody may look why. */
const keptFor = 600;

/** The Job whose one pod sends all of the traffic, outside the mesh: its requests come in as a client's do. */
export function trafficJob({ name, namespace, sources, longest }: TrafficJobOptions): KubernetesObject {
  const labels = { 'app.kubernetes.io/managed-by': 'istio-delivery', [probeLabel]: name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: longest,
      ttlSecondsAfterFinished: keptFor,
      template: {
        metadata: {
          labels: { ...labels, 'sidecar.istio.io/inject': 'false' },
          // Injectors before Istio 1.14 read the annotation alone; the autoscaler must not move what it would break.
          annotations: {
            'sidecar.istio.io/inject': 'false',
            'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
          },
        },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            runAsGroup: 65534,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: sources.map(container),
        },
      },
    },
  };
}

function container({ target, image, pullPolicy, command, args, env = {} }: TrafficSource) {
  return {
    name: target,
    image,
    imagePullPolicy: pullPolicy,
    command: command.map(literal),
    args: args.map(literal),
    env: Object.entries(env).map(([name, value]) => ({ name, value: literal(value) })),
    resources: { requests: { cpu: '25m', memory: '32Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/** Kubernetes puts variables in the place of `$(NAME)`, and one `$` in the place of two. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}
