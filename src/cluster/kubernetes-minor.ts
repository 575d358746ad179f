/** The minor version of Kubernetes: `1.34` of `v1.34.2`, also of `v1.34.2-gke.100` and `v1.34.11+k3s1`. */
export function kubernetesMinor(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? version;
}
