import type { KubernetesObject } from '../ports/objects.ts';
import type { IstiodPorts, IstiodWorkload } from './istiod-workload.ts';

/** Type of the objects that tell the simulated kubelet where a forwarded port of a pod leads. */
export const portForwardType = { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterPortForward' } as const;

/** Marks the ones that a daemon made. */
export const portForwardLabel = 'istio-delivery/port-forward';

/** Sends what is forwarded to the pods of one istiod (by `istioctl` or `kubectl port-forward`) to its process. */
export function clusterPortForward(workload: IstiodWorkload, ports: IstiodPorts): KubernetesObject {
  return {
    ...portForwardType,
    metadata: { name: portForwardName(workload.key), labels: { [portForwardLabel]: 'istiod' } },
    spec: {
      selector: {
        matchNamespaces: [workload.namespace],
        matchNames: workload.pods.map(({ metadata }) => metadata.name),
      },
      forwards: [
        forward(8080, ports.http),
        forward(15010, ports.grpc),
        forward(15012, ports.secureGrpc),
        forward(15014, ports.monitoring),
        forward(15017, ports.https),
      ],
    },
  };
}

export function portForwardName(key: string): string {
  return `istiod.${key}`;
}

function forward(containerPort: number, port: number) {
  return { ports: [containerPort], target: { address: '127.0.0.1', port } };
}
