import type { ProcessRecord } from './process-record.ts';

/** TCP ports on loopback that belong to one embedded cluster. */
export interface ControlPlanePorts {
  etcd: number;
  etcdPeer: number;
  apiServer: number;
  controllerManager: number;
  scheduler: number;
  kwok: number;
}

/** What `local up` writes down about a cluster; read by every later command. */
export interface ClusterRecord {
  name: string;
  /** Without a leading `v`. */
  kubernetesVersion: string;
  ports: ControlPlanePorts;
  /** Program and arguments that start this cluster's daemon, without the cluster's name. */
  daemonCommand: string[];
  /** False from before the first process starts until the cluster answered: such a cluster is created anew. */
  complete: boolean;
  processes: ProcessRecord[];
}

/** What a daemon writes down about itself, at each change. */
export interface DaemonRecord {
  daemon: ProcessRecord;
  istiods: ProcessRecord[];
}
