import type { Docker } from '../docker/docker.ts';

/** What kind and cloud-provider-kind write on the containers of a cluster. */
export const nodeLabel = 'io.x-k8s.kind.cluster';
export const loadBalancerLabel = 'io.x-k8s.cloud-provider-kind.cluster';

export interface NodeContainer {
  name: string;
  /** `control-plane`, `worker`, `external-load-balancer`. */
  role: string;
  running: boolean;
}

/** The containers of a kind cluster, running or not. */
export async function nodeContainers(docker: Docker, cluster: string): Promise<NodeContainer[]> {
  const format = '{{.Names}}\t{{.Label "io.x-k8s.kind.role"}}\t{{.State}}';
  const output = await docker.run(['ps', '--all', '--filter', `label=${nodeLabel}=${cluster}`, '--format', format]);
  return lines(output).map((line) => {
    const [name = '', role = '', state = ''] = line.split('\t');
    return { name, role, running: state === 'running' };
  });
}

/** Those of them that are nodes of Kubernetes. */
export async function kubernetesNodes(docker: Docker, cluster: string): Promise<string[]> {
  const containers = await nodeContainers(docker, cluster);
  return containers.filter(({ role }) => role !== 'external-load-balancer').map(({ name }) => name);
}

/** Removes every container of a cluster with its volumes; tells how many there were. */
export async function removeContainers(docker: Docker, cluster: string): Promise<number> {
  let removed = 0;
  for (const label of [loadBalancerLabel, nodeLabel]) {
    const ids = lines(await docker.run(['ps', '--all', '--quiet', '--filter', `label=${label}=${cluster}`]));
    // One that goes by itself at this moment is what is wanted.
    if (ids.length > 0) await docker.attempt(['rm', '--force', '--volumes', ...ids]);
    removed += ids.length;
  }
  return removed;
}

export function lines(output: string): string[] {
  return output.split('\n').filter((line) => line.trim() !== '');
}
