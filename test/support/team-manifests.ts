import type { KubernetesObject } from '../../src/ports/objects.ts';
import { workload } from './workloads.ts';

/** A Service of a namespace that selects the pods of a workload of its name. */
export function service(
  name: string,
  namespace: string,
  ports: Record<string, unknown>[],
  spec: Record<string, unknown> = { selector: { app: name } },
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ...spec, ports } };
}

/** A workload whose one container has ports by name, and these probes. */
export function serving(
  name: string,
  namespace: string,
  {
    ports = {},
    probes = {},
    ...spec
  }: { ports?: Record<string, number>; probes?: Record<string, unknown>; replicas?: number } = {},
): KubernetesObject {
  const named = Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort }));
  const container = { name: 'main', image: 'registry.example/app:1', ports: named, ...probes };
  return workload('Deployment', name, namespace, {
    labels: { app: name },
    spec,
    podSpec: { containers: [container] },
  });
}

/** Istio's Gateway that leads the hosts of shop.example to the mesh's gateway `ingress`. */
export function gateway(servers: Record<string, unknown>[] = [plainServer()]): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'istio-gateways' },
    spec: { selector: { istio: 'ingress' }, servers },
  };
}

export function plainServer(...hosts: string[]): Record<string, unknown> {
  return { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: hosts.length > 0 ? hosts : ['*.shop.example'] };
}

export function virtualService(
  name: string,
  spec: Record<string, unknown>,
  namespace = 'istio-gateways',
): KubernetesObject {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name, namespace }, spec };
}

/** A route of a VirtualService to a Service. */
export function routeTo(host: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...more, route: [{ destination: { host } }] };
}
