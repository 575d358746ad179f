import type { Environment } from './environment.ts';
import type { GatewayFile, GatewayPort } from './gateway-schema.ts';
import { healthParts } from './health-policy.ts';
import type { Gateway, GatewayClass, Mesh } from './mesh.ts';
import type { MeshFile, Overrides } from './mesh-schema.ts';

/** Fills in what follows from the rest of the mesh file. The file must have been checked. */
export function completeMesh(file: MeshFile): Mesh {
  const { environments, gateways, istio, ...rest } = file;
  return {
    ...rest,
    istio: { ...istio, revision: istio.revision ?? defaultRevision(istio.version) },
    gateways: gateways.map((gateway) => completeGateway(gateway, file.namespaces.gateways)),
    environments: inOrder(environments).map(([name, environment]) => completeEnvironment(name, environment)),
    overrides: Object.fromEntries(
      Object.values(environments).flatMap((environment) =>
        environment.clusters.map((cluster) => [cluster.name, present([environment.overrides, cluster.overrides])]),
      ),
    ),
  };
}

/** The version with dashes: a revision is a part of names. */
export function defaultRevision(version: string): string {
  return version.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function completeGateway(gateway: GatewayFile, namespace: string): Gateway {
  return {
    ...gateway,
    namespace: gateway.namespace ?? namespace,
    ports: gateway.ports ?? classPorts[gateway.class],
    service: { ...gateway.service, type: gateway.service.type ?? classTypes[gateway.class] },
  };
}

const classTypes: Record<GatewayClass, Gateway['service']['type']> = {
  ingress: 'LoadBalancer',
  egress: 'ClusterIP',
  eastwest: 'LoadBalancer',
};

/** As in Istio's own charts. */
const classPorts: Record<GatewayClass, GatewayPort[]> = {
  ingress: [port('status-port', 15021), port('http2', 80), port('https', 443)],
  egress: [port('http2', 80), port('https', 443)],
  eastwest: [port('status-port', 15021), port('tls', 15443), port('tls-istiod', 15012), port('tls-webhook', 15017)],
};

function port(name: string, number: number): GatewayPort {
  return { name, port: number, protocol: 'TCP' };
}

type EnvironmentFile = MeshFile['environments'][string];

function completeEnvironment(name: string, { after, clusters, waves, gate }: EnvironmentFile): Environment {
  return {
    name,
    after,
    clusters: clusters.map((cluster) => ({
      name: cluster.name,
      context: cluster.context ?? cluster.name,
      ...(cluster.identity === undefined ? {} : { identity: cluster.identity }),
    })),
    waves: waves ?? clusters.map((cluster) => [cluster.name]),
    gate: { ...gate, needs: healthParts.filter((part) => gate.needs.includes(part)) },
  };
}

/** Every environment after those that it waits for; otherwise as in the file. */
function inOrder(environments: MeshFile['environments']): [string, EnvironmentFile][] {
  const ordered: [string, EnvironmentFile][] = [];
  const placed = new Set<string>();
  const place = (name: string): void => {
    const environment = environments[name];
    if (environment === undefined || placed.has(name)) return;
    placed.add(name);
    environment.after.forEach(place);
    ordered.push([name, environment]);
  };
  Object.keys(environments).forEach(place);
  return ordered;
}

function present(overrides: (Overrides | undefined)[]): Overrides[] {
  return overrides.filter((each) => each !== undefined);
}
