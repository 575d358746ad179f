import type { KubernetesObject } from '../ports/objects.ts';
import type { IstiodPorts, IstiodWorkload } from './istiod-workload.ts';

/** Sends what is forwarded to the pods of one istiod (`istioctl`, `kubectl port-forward`) to its process. */
export function clusterPortForward(workload: IstiodWorkload, ports: IstiodPorts): KubernetesObject {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterPortForward',
    metadata: { name: portForwardName(workload.key), labels: { [portForwardLabel]: 'istiod' } },
    spec: {
      selector: {
        matchNamespaces: [workload.namespace],
        matchNames: workload.pods.map(({ metadata }) => metadata.name),
      },
      forwards: [
        forward([8080], ports.http),
        forward([15010], ports.grpc),
        forward([15012], ports.secureGrpc),
        forward([15014], ports.monitoring),
        forward([15017], ports.https),
      ],
    },
  };
}

/** Marks the ClusterPortForward objects that a daemon made. */
export const portForwardLabel = 'istio-delivery/port-forward';

export function portForwardName(key: string): string {
  return `istiod.${key}`;
}

function forward(containerPorts: number[], port: number) {
  return { ports: containerPorts, target: { address: '127.0.0.1', port } };
}
