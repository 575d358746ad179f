import { type Finding, show } from '../mesh/finding.ts';
import { type Mesh, revisionTags } from '../mesh/mesh.ts';
import type { ConfigDirectory } from '../mesh/mesh-schema.ts';
import { didYouMean, nearest } from '../mesh/nearest.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';
import { revisionLabel } from './labels.ts';
import { isClusterScoped } from './manifests/document-findings.ts';
import { secretRemedy } from './refuse-secrets.ts';

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

/** Why an object may not stand in a directory, with the remedy; nothing when it may. */
export function configFindings(mesh: Mesh, directory: ConfigDirectory, object: KubernetesObject): Finding[] {
  const findings = [kindFinding(directory.owner, object), revisionFinding(mesh, object)];
  const { apiVersion, kind } = object;
  if (!isClusterScoped(apiVersion, kind)) findings.push(namespaceFinding(mesh, directory, object));
  return findings.filter((finding) => finding !== undefined);
}

function kindFinding(owner: ConfigOwner, { apiVersion, kind }: KubernetesObject): Finding | undefined {
  const finding = (got: string, field = 'kind') => ({ path: [field], message: `expected ${got}` });
  const group = groupOf(apiVersion);
  if (kind === 'IstioOperator') {
    return finding(
      'configuration of Istio or the Gateway API, got an IstioOperator, which no operator reads in a cluster since Istio 1.24; move its settings to istio.values of the mesh file',
    );
  }
  if (apiVersion === 'v1' && kind === 'Secret') {
    return finding(`configuration of Istio or the Gateway API, got a Secret, which no bundle holds; ${secretRemedy}`);
  }
  const routes = gatewayApi.includes(group);
  const known = istioKinds[group];
  if (!routes && known === undefined) {
    const meant = nearest(group, [...Object.keys(istioKinds), ...gatewayApi]);
    const cure = meant === undefined ? 'deliver it with what it belongs to' : `did you mean "${meant}"?`;
    return finding(`configuration of Istio or the Gateway API, got ${apiVersion}; ${cure}`, 'apiVersion');
  }
  if (known !== undefined && !known.includes(kind)) {
    return finding(`a kind of ${group}, got ${show(kind)}; ${didYouMean(kind, known)}`);
  }
  if (isClusterScoped(apiVersion, kind)) {
    return finding(`an object of a namespace, got a ${kind} of the whole cluster; deliver it with the Gateway API`);
  }
  if (!notFor[owner].has(kind) && !(routes && owner === 'root')) return undefined;
  const got = `a kind that owner ${owner} may write, got ${show(kind)}`;
  if (owner === 'root')
    return finding(`${got}: it has no place in the root namespace; move it to its gateways or services`);
  if (owner === 'services') {
    return finding(`${got}, which belongs to the owners of the gateways; move it to a directory with owner gateways`);
  }
  return finding(`${got}, which is about workloads; move it to a directory with owner services`);
}

/**
 * istiod compares the label with its own revision alone (`LabelsInRevision` in pkg/config/model.go, which
 * pilot/pkg/config/kube/crdclient/client.go filters by), and so do the selectors of the validating webhooks. Only a
 * Gateway of the Gateway API is looked up through tags (`buildClient` in pilot/pkg/config/kube/gateway/controller.go,
 * `IsMine` in pkg/revisions/tag_watcher.go): its routes are not.
 */
function revisionFinding(mesh: Mesh, { apiVersion, kind, metadata }: KubernetesObject): Finding | undefined {
  const value = metadata.labels?.[revisionLabel];
  if (value === undefined || !revisionTags(mesh).includes(value)) return undefined;
  if (groupOf(apiVersion) === 'gateway.networking.k8s.io' && kind === 'Gateway') return undefined;
  const message =
    `expected a revision, got the tag ${show(value)}: istiod compares the label with its own revision alone, so nothing ` +
    `reads or validates the object; remove the label, or set the revision "${mesh.istio.revision}"`;
  return { path: ['metadata', 'labels', revisionLabel], message };
}

function namespaceFinding(mesh: Mesh, directory: ConfigDirectory, object: KubernetesObject): Finding | undefined {
  const allowed = allowedNamespaces(mesh, directory);
  const { namespace } = object.metadata;
  if (namespace !== undefined && allowed.includes(namespace)) return undefined;
  const places = allowed.length === 0 ? 'there is none' : `set ${allowed.map((each) => `"${each}"`).join(' or ')}`;
  const message = `expected a namespace of owner ${directory.owner}, got ${show(namespace)}; ${places}`;
  return { path: ['metadata', 'namespace'], message };
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
