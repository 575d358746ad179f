import { type Mesh, meshNamespaces } from '../mesh/mesh.ts';
import type { ClusterMesh } from '../mesh/mesh-for-cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { revisionLabel } from './labels.ts';

/** The namespaces that the mesh itself lives in. */
export function namespaceObjects(mesh: ClusterMesh): KubernetesObject[] {
  const { network } = mesh.controlPlane;
  return meshNamespaces(mesh).map((name) => {
    const tellsNetwork = network !== undefined && name === mesh.namespaces.controlPlane;
    return namespace(name, tellsNetwork ? { 'topology.istio.io/network': network } : {});
  });
}

/** The application namespaces that the mesh labels with their group's tag: that label and nothing else. */
export function groupNamespaceObjects({ groups }: Mesh): KubernetesObject[] {
  return groups
    .filter(({ label }) => label === 'managed')
    .flatMap(({ namespaces, tag }) => namespaces.names.map((name) => namespace(name, { [revisionLabel]: tag })));
}

function namespace(name: string, labels: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
