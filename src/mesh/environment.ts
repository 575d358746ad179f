import type { HealthPart } from './health-policy.ts';

/** One cluster of an environment, as the mesh file names it. */
export interface ClusterTarget {
  /** Unique in the mesh file; the name of its folder in the bundle. */
  name: string;
  /** Context in the kubeconfig. */
  context: string;
  /** UID of its kube-system namespace, when the mesh file pins it. */
  identity?: string;
}

/** What must hold before a promotion into the environment. */
export interface GatePolicy {
  /** The plan's digest must be approved by name. */
  approval: boolean;
  /** `required`: the mesh file must name the identity of every cluster of the environment. */
  identity: 'required' | 'optional';
  /** What must be known of the health of the environments and waves before; what is known to be bad stops it anyway. */
  needs: HealthPart[];
}

export interface Environment {
  name: string;
  /** The environments that must run the very bundle before this one does. */
  after: string[];
  clusters: ClusterTarget[];
  /** Names of clusters that change together, one wave after the other; every cluster is in exactly one. */
  waves: string[][];
  gate: GatePolicy;
}
