import { z } from 'zod';
import type { ShapeOf } from '../mesh/read-document.ts';
import { type ProcessRecord, processRecordSchema } from './process-record.ts';

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

const port = z.int().min(1).max(65_535);

export const clusterRecordSchema: z.ZodType<ClusterRecord> = z.looseObject({
  name: z.string().min(1),
  kubernetesVersion: z.string().min(1),
  ports: z.looseObject({
    etcd: port,
    etcdPeer: port,
    apiServer: port,
    controllerManager: port,
    scheduler: port,
    kwok: port,
  } satisfies ShapeOf<ControlPlanePorts>),
  daemonCommand: z.array(z.string()).min(1, { error: 'a program' }),
  complete: z.boolean(),
  processes: z.array(processRecordSchema),
} satisfies ShapeOf<ClusterRecord>);

export const daemonRecordSchema: z.ZodType<DaemonRecord> = z.looseObject({
  daemon: processRecordSchema,
  istiods: z.array(processRecordSchema),
} satisfies ShapeOf<DaemonRecord>);
