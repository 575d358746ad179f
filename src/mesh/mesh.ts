import type { ControlPlane } from './control-plane-schema.ts';
import type { Environment } from './environment.ts';
import type { GatewayFile, GatewayPort } from './gateway-schema.ts';
import type { ConfigDirectory, Group, MeshFile, Overrides } from './mesh-schema.ts';

export type GatewayClass = GatewayFile['class'];

/** A gateway with everything that its class decides. */
export interface Gateway extends Omit<GatewayFile, 'namespace' | 'ports' | 'service'> {
  namespace: string;
  ports: GatewayPort[];
  service: { type: 'LoadBalancer' | 'NodePort' | 'ClusterIP'; annotations: Record<string, string> };
}

/** What is to run where: the mesh file with everything that it leaves to defaults. */
export interface Mesh {
  name: string;
  istio: Omit<MeshFile['istio'], 'revision'> & { revision: string };
  namespaces: MeshFile['namespaces'];
  controlPlane: ControlPlane;
  gateways: Gateway[];
  /** In the order in which they move to a new revision. */
  groups: Group[];
  config: ConfigDirectory[];
  /** An environment comes after those that it is `after`. */
  environments: Environment[];
  /** What each cluster has otherwise, by its name: those of its environment first, then its own. */
  overrides: Record<string, Overrides[]>;
}

/** The tag that namespaces labelled `istio-injection: enabled` and unlabelled Gateways follow. */
export const defaultTag = 'default';

/** Every tag that the mesh has, each once. */
export function revisionTags(mesh: Mesh): string[] {
  return [...new Set([...mesh.groups.map(({ tag }) => tag), defaultTag])];
}

/** Every cluster of every environment, in order. */
export function clusterNames(mesh: Mesh): string[] {
  return mesh.environments.flatMap(({ clusters }) => clusters.map(({ name }) => name));
}

/** The namespaces that the mesh itself lives in. */
export function meshNamespaces(mesh: Mesh): string[] {
  const { root, controlPlane } = mesh.namespaces;
  return [...new Set([controlPlane, root, ...mesh.gateways.map(({ namespace }) => namespace)])];
}
