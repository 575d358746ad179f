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
