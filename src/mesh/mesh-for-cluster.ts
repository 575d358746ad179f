import type { ControlPlane } from './control-plane-schema.ts';
import { mergeDeep } from './merge-deep.ts';
import type { Gateway, Mesh } from './mesh.ts';

/** The mesh as one cluster gets it. */
export interface ClusterMesh extends Mesh {
  cluster: string;
  controlPlane: ControlPlane & { clusterName: string };
}

/** Lays the overrides of a cluster's environment, and then its own, over the mesh. */
export function meshForCluster(mesh: Mesh, cluster: string): ClusterMesh {
  const overrides = mesh.overrides[cluster] ?? [];
  const controlPlane = overrides.reduce<ControlPlane>(
    (merged, override) => mergeDeep(merged, override.controlPlane ?? {}),
    mesh.controlPlane,
  );
  const gateways = mesh.gateways.map((gateway) =>
    overrides.reduce<Gateway>(
      (merged, override) => mergeDeep(merged, override.gateways?.[gateway.name] ?? {}),
      gateway,
    ),
  );
  const values = overrides.reduce((merged, override) => mergeDeep(merged, override.values ?? {}), mesh.istio.values);
  return {
    ...mesh,
    cluster,
    istio: { ...mesh.istio, values },
    controlPlane: { ...controlPlane, clusterName: controlPlane.clusterName ?? cluster },
    gateways,
  };
}
