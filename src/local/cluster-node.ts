import type { KubernetesObject } from '../ports/objects.ts';

/** A node that KWOK plays: `node-0`, spread over three zones. */
export function clusterNode(index: number): KubernetesObject {
  const name = `node-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': 'local',
        'topology.kubernetes.io/zone': `local-${'abc'[index % 3]}`,
      },
    },
  };
}
