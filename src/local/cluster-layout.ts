import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checkedClusterName } from './cluster-name.ts';

/** Where everything of one embedded cluster lives; `local down` removes `folder` and the two sockets. */
export interface ClusterLayout {
  name: string;
  folder: string;
  /** What kwokctl calls its work folder. */
  kwokHome: string;
  /** kwokctl's own folder of the cluster: pids, logs, pki, programs, etcd's data. */
  kwokFolder: string;
  kwokConfiguration: string;
  egressSelector: string;
  /** One context, named after the cluster. */
  kubeconfig: string;
  /** The same through the daemon's front of the API server, which fails when a test wants it to. */
  faultyKubeconfig: string;
  /** What `up` wrote down: ports, tools, processes. */
  record: string;
  /** What the daemon wrote down: itself and its istiods. */
  daemonRecord: string;
  daemonLog: string;
  /** A folder for each istiod process: its kubeconfig, token and log. */
  istiodFolder: string;
  /** Outside `folder`, so that it can be held while the folder goes. */
  lock: string;
  networkSocket: string;
  controlSocket: string;
}

/** The kubeconfig with the contexts of all embedded clusters of a home folder. */
export function sharedKubeconfig(home: string): string {
  return join(home, 'kubeconfig');
}

export function clustersFolder(home: string): string {
  return join(home, 'clusters');
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero byte. */
const longestSocketPath = 103;

/** The files of one cluster below `home`; sockets move to `temporary` when their path would be too long for the kernel. */
export function clusterLayout(home: string, name: string, temporary: string): ClusterLayout {
  const folder = join(clustersFolder(home), checkedClusterName(name));
  const kwokHome = join(folder, 'kwok');
  return {
    name,
    folder,
    kwokHome,
    kwokFolder: join(kwokHome, 'clusters', name),
    kwokConfiguration: join(folder, 'kwokctl.yaml'),
    egressSelector: join(folder, 'egress-selector.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    faultyKubeconfig: join(folder, 'faulty-kubeconfig'),
    record: join(folder, 'cluster.json'),
    daemonRecord: join(folder, 'daemon.json'),
    daemonLog: join(folder, 'daemon.log'),
    istiodFolder: join(folder, 'istiod'),
    lock: join(clustersFolder(home), `.${name}.lock`),
    networkSocket: socketPath(folder, 'network.sock', temporary),
    controlSocket: socketPath(folder, 'control.sock', temporary),
  };
}

function socketPath(folder: string, file: string, temporary: string): string {
  const path = join(folder, file);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(temporary, `${digest}-${file}`);
}
