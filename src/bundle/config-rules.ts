import type { Mesh } from '../mesh/mesh.ts';
import type { ConfigDirectory } from '../mesh/mesh-schema.ts';
import { didYouMean } from '../mesh/nearest.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';

export type ConfigOwner = ConfigDirectory['owner'];

const istioKinds: Record<string, readonly string[]> = {
  'networking.istio.io': [
    'DestinationRule',
    'EnvoyFilter',
    'Gateway',
    'ProxyConfig',
    'ServiceEntry',
    'Sidecar',
    'VirtualService',
    'WorkloadEntry',
    'WorkloadGroup',
  ],
  'security.istio.io': ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication'],
  'telemetry.istio.io': ['Telemetry'],
  'extensions.istio.io': ['TrafficExtension', 'WasmPlugin'],
};

const gatewayApi = ['gateway.networking.k8s.io', 'gateway.networking.x-k8s.io'];

/** What routes requests has no place in the root namespace, and gateways belong to their owners. */
const notFor: Record<ConfigOwner, ReadonlySet<string>> = {
  root: new Set(['Gateway', 'VirtualService', 'WorkloadEntry', 'WorkloadGroup']),
  gateways: new Set(['Sidecar', 'WorkloadEntry', 'WorkloadGroup']),
  services: new Set(['Gateway']),
};

/** Why an object may not stand in a directory, with the cure; undefined when it may. */
export function configObjection(mesh: Mesh, directory: ConfigDirectory, object: KubernetesObject): string | undefined {
  return kindObjection(directory.owner, object) ?? namespaceObjection(mesh, directory, object);
}

function kindObjection(owner: ConfigOwner, { apiVersion, kind }: KubernetesObject): string | undefined {
  const group = groupOf(apiVersion);
  if (kind === 'IstioOperator') {
    return 'is an IstioOperator, which no operator reads in a cluster since Istio 1.24; move its settings to istio.values of the mesh file';
  }
  const routes = gatewayApi.includes(group);
  const known = istioKinds[group];
  if (!routes && known === undefined) {
    return `is of ${apiVersion}, but configuration is of Istio or the Gateway API; deliver it with what it belongs to`;
  }
  if (known !== undefined && !known.includes(kind)) {
    return `is of a kind that ${group} does not have; ${didYouMean(kind, known)}`;
  }
  if (!notFor[owner].has(kind) && !(routes && owner === 'root')) return undefined;
  if (owner === 'root') return 'has no place in the root namespace; move it to its gateways or services';
  if (owner === 'services') return 'belongs to the owners of the gateways; move it to a directory with owner gateways';
  return 'is about workloads; move it to a directory with owner services';
}

function namespaceObjection(mesh: Mesh, directory: ConfigDirectory, object: KubernetesObject): string | undefined {
  const allowed = allowedNamespaces(mesh, directory);
  const { namespace } = object.metadata;
  if (namespace !== undefined && allowed.includes(namespace)) return undefined;
  const places = allowed.length === 0 ? 'there is none' : `set ${allowed.map((each) => `"${each}"`).join(' or ')}`;
  const got = namespace === undefined ? 'has no namespace' : `is in namespace "${namespace}"`;
  return `${got}, which is no namespace for owner ${directory.owner}; ${places}`;
}

function allowedNamespaces({ gateways, groups, namespaces }: Mesh, directory: ConfigDirectory): string[] {
  switch (directory.owner) {
    case 'root':
      return [namespaces.root];
    case 'gateways':
      return [...new Set(gateways.map(({ namespace }) => namespace))];
    case 'services':
      return directory.namespaces ?? groups.flatMap((group) => group.namespaces.names);
  }
}
