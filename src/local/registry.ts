import type { KubernetesObject } from '../ports/objects.ts';

/** Name of the container of the registry on a port of this machine. */
export function registryName(port: number): string {
  return `istio-delivery-registry-${port}`;
}

/** What a node's containerd should know: what is pushed to localhost is had from the registry's container. */
export function registryHosts(port: number): string {
  return `[host."http://${registryName(port)}:5000"]\n`;
}

/** Tells tools that there is a registry: https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry */
export function registryHosting(port: number): KubernetesObject {
  const help = 'https://kind.sigs.k8s.io/docs/user/local-registry/';
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'local-registry-hosting', namespace: 'kube-public' },
    data: { 'localRegistryHosting.v1': `host: "localhost:${port}"\nhelp: "${help}"\n` },
  };
}
