import type { PortMapping } from '../../local/port-mapping.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Toolchain } from '../../ports/toolchain.ts';

/** What working with kind clusters needs of the run that it is a part of. */
export interface KindContext {
  /** The product's folder on this machine: every cluster has a folder in it. */
  home: string;
  toolchain: Toolchain;
  reporter: Reporter;
  clock: Clock;
  signal: AbortSignal;
  /** Of docker and kind, and of what says which job of which runner this is. */
  environment: NodeJS.ProcessEnv;
}

/** Images that nodes have before anything asks for them. */
export interface ImagePreload {
  /** References, each pulled where the Docker engine does not have it. */
  names: readonly string[];
  /** References that the nodes are left to pull themselves where the Docker engine cannot. */
  optional?: readonly string[];
  /** Files that `docker save` wrote. */
  archives: readonly string[];
  /** Prefix that stands for the host of every registry. */
  mirror?: string;
}

/** A registry in a container of its own, for nodes and for `docker push localhost:<port>/…`. */
export interface RegistryOptions {
  /** What listens on port 5000, such as registry:3 by digest. */
  image: string;
  /** On this machine. */
  port: number;
}

export interface KindClusterOptions {
  name: string;
  /** One control plane and workers; 1 where nothing is said. */
  nodes?: number;
  /** A digest-pinned image or one of the Docker engine; without it the one that kind was released with. */
  nodeImage?: string;
  /** The user's own configuration, in place of `nodes` and `portMappings`. */
  configuration?: { text: string; file: string };
  portMappings?: readonly PortMapping[];
  images?: ImagePreload;
  registry?: RegistryOptions;
  /** Signs a CA of its own for the cluster with the root of this home folder, and puts it into this namespace. */
  rootCa?: { namespace: string };
  /** Has cloud-provider-kind give Services of type LoadBalancer an address: its program, or that of PATH. */
  loadBalancer?: { program?: string };
  /** It is made for the time of this process: a later run deletes it where this one could not. */
  throwAway?: true;
  /** How often the creation is tried; 2 where nothing is said. */
  attempts?: number;
  /** Milliseconds until nodes and DNS must be ready; three minutes where nothing is said. */
  timeout?: number;
  /** Folder for what can be seen of a creation that failed. */
  logs?: string;
}

/** Seconds for each part, and `total`. */
export type KindTimes = Record<string, number>;

/** A cluster that is ready. */
export interface KindCluster {
  name: string;
  /** In `kubeconfig`; the cluster's name. */
  context: string;
  kubeconfig: string;
  times: KindTimes;
}
