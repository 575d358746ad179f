/** The external programs that anything here may run. */
export const toolNames = [
  'istioctl',
  'pilot-discovery',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'kwok',
  'kwokctl',
  'kubectl',
  'helm',
  'kind',
] as const;

export type ToolName = (typeof toolNames)[number];

export interface Tool {
  name: ToolName;
  /** Without a leading `v`. */
  version: string;
  /** Absolute path of the executable. */
  path: string;
  /** Hex sha256 of the executable. */
  sha256: string;
  /** Where it came from, as a person reads it: `PATH`, `tool cache`, `https://…`, `go build toolchain/istio`. */
  source: string;
}

/** Puts a program on this machine, checked by digest, or throws a DeliveryError that says what stood in the way. */
export interface Toolchain {
  /** `version` is exact; without it the one pinned in toolchain.lock.json. */
  resolve(name: ToolName, version?: string): Promise<Tool>;
}
