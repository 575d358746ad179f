import type { BundleManifest } from '../../bundle/bundle.ts';

/** A gateway of the mesh, by the Service that stands before it. */
export interface SampleGateway {
  /** Name of the Service, and value of the label istio of its pods. */
  name: string;
  namespace: string;
  /** The Service's port for plain HTTP. */
  port: number;
}

/** How the sample is laid into a mesh, and how fast it is asked. */
export interface SampleOptions {
  image: string;
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /**
   * Labels of the two namespaces in the mesh: a revision tag each, and what discovery selectors ask for. Where the tags
   * differ, requests cross revisions in the middle of an upgrade.
   */
  labels: { front: Record<string, string>; back: Record<string, string> };
  /** Absent where the mesh has none: the services are asked directly then. */
  ingress?: SampleGateway;
  /** Absent where the mesh has none: the host outside the mesh is asked directly then. */
  egress?: SampleGateway;
  /** Namespaces of the team whose Services the front asks. */
  asks?: string[];
  /** Gateways that are to log the requests that fail; the mesh has the others log what it wants. */
  loggedGateways?: readonly SampleGateway[];
  /** Requests a second, to each target. */
  rate: number;
}

export const sampleNamespaces = {
  front: 'rehearsal-front',
  back: 'rehearsal-back',
  outside: 'rehearsal-outside',
} as const;

/** Names that the gateways route by. */
export const sampleHosts = {
  front: 'rehearsal.test',
  back: 'grpc.rehearsal.test',
  outside: 'outside.rehearsal.test',
} as const;

/** Ports of the sample's services, named by protocol. */
export const samplePorts = { http: 8080, http2: 8081, grpc: 9090, 'tcp-echo': 9000 } as const;

/** Port of the host outside the mesh. */
export const outsidePort = 80;

/** Name of a Service in the whole cluster. */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** The mesh's first gateway of a class that takes plain HTTP; undefined where there is none. */
export function sampleGateway(
  gateways: BundleManifest['gateways'],
  gatewayClass: 'ingress' | 'egress',
): SampleGateway | undefined {
  for (const { name, namespace, ports, class: itsClass } of gateways) {
    const plain = ports.find((port) => /^http2?(-|$)/.test(port.name));
    if (itsClass === gatewayClass && plain !== undefined) return { name, namespace, port: plain.port };
  }
  return undefined;
}
