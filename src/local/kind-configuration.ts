import { DeliveryError } from '../errors.ts';
import { isMapping } from '../mesh/merge-deep.ts';
import { parseYaml, printYaml } from '../mesh/yaml.ts';
import type { PortMapping } from './port-mapping.ts';

/** What the configuration of a kind cluster is made of, where the user brings none. */
export interface KindShape {
  /** One control plane and workers. */
  nodes: number;
  /** Which networks it has: those of kind where it is 0, others for each cluster beside it. */
  slot: number;
  /** Of the control-plane node. */
  portMappings: readonly PortMapping[];
  /** Whether containerd must be told to look for registries in `registryFolder`. */
  registryPatch: boolean;
}

/** Where containerd looks for what it should know of a registry. */
export const registryFolder = '/etc/containerd/certs.d';

/** How many clusters can stand beside each other with networks of their own. */
export const slots = 12;

/** The configuration as https://kind.sigs.k8s.io/docs/user/configuration describes it. */
export function kindConfiguration({ nodes, slot, portMappings, registryPatch }: KindShape): string {
  const mappings = portMappings.map(({ hostPort, nodePort, protocol }) => ({
    containerPort: nodePort,
    hostPort,
    protocol,
    // What a test serves is nothing for the network around this machine.
    listenAddress: '127.0.0.1',
  }));
  return printYaml({
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    nodes: [
      { role: 'control-plane', ...(mappings.length > 0 ? { extraPortMappings: mappings } : {}) },
      ...Array.from({ length: nodes - 1 }, () => ({ role: 'worker' })),
    ],
    ...(slot === 0
      ? {}
      : { networking: { podSubnet: `10.${244 + slot}.0.0/16`, serviceSubnet: `10.${96 + slot}.0.0/16` } }),
    ...(registryPatch ? { containerdConfigPatches: [registryPatchText] } : {}),
  });
}

/** containerd 1 takes this; the node images of kind 0.27 and later have it in their own configuration. */
const registryPatchText = `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${registryFolder}"\n`;

/** What must be known of a configuration that the user brought. */
export interface OwnConfiguration {
  /** Ports of this machine that it asks for. */
  hostPorts: number[];
  /** Whether nodes get ready without the user's own network plugin. */
  hasNetwork: boolean;
}

/** Reads the user's own configuration; kind itself checks it in full. */
export function readOwnConfiguration(text: string, file: string): OwnConfiguration {
  const cluster = parseYaml(text, file).find((document) => isMapping(document) && document.kind === 'Cluster');
  if (!isMapping(cluster)) {
    throw new DeliveryError(
      `${file} is no configuration of kind: it has no document of kind Cluster; see https://kind.sigs.k8s.io/docs/user/configuration`,
      { code: 'KindConfigurationInvalid', kind: 'usage' },
    );
  }
  const nodes = Array.isArray(cluster.nodes) ? cluster.nodes.filter(isMapping) : [];
  const mappings = nodes.flatMap(({ extraPortMappings }) =>
    Array.isArray(extraPortMappings) ? extraPortMappings : [],
  );
  return {
    hostPorts: mappings.flatMap((mapping) =>
      isMapping(mapping) && typeof mapping.hostPort === 'number' ? [mapping.hostPort] : [],
    ),
    hasNetwork: !(isMapping(cluster.networking) && cluster.networking.disableDefaultCNI === true),
  };
}
