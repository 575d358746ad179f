import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterLayout, clusterLayout, clustersFolder } from '../../local/cluster-layout.ts';
import { clusterNode } from '../../local/cluster-node.ts';
import { type ClusterRecord, clusterRecordSchema } from '../../local/cluster-record.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';
import { egressSelectorConfiguration, kwokctlConfiguration } from '../../local/kwokctl-configuration.ts';
import type { Cluster, ClusterIdentity } from '../../ports/cluster.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Toolchain } from '../../ports/toolchain.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import { type LockOptions, withLock } from '../files/with-lock.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { writeSharedKubeconfig } from '../kubernetes/shared-kubeconfig.ts';
import { writeClusterKubeconfig } from './cluster-kubeconfig.ts';
import { daemonCommandOf, endDaemon, ensureDaemon, runningDaemon } from './ensure-daemon.ts';
import { freePorts } from './free-ports.ts';
import { controlPlaneNames, controlPlaneProcesses, createControlPlane, startControlPlane } from './kwokctl.ts';
import { endProcesses, isAlive } from './process-identity.ts';
import { readRecord, writeRecord, writeWhole } from './record-file.ts';

/** Where embedded clusters live and how their daemons start. */
export interface EmbeddedSettings {
  /** The product's folder on this machine. */
  home: string;
  /** A folder with a short path, for sockets. */
  temporary: string;
  /** Program and arguments of the hidden daemon command: `[node, cli.js, local, daemon]`; empty where there is none. */
  daemonCommand: string[];
  /** What daemons inherit. */
  environment: Readonly<Record<string, string | undefined>>;
}

export interface EmbeddedOptions extends EmbeddedSettings {
  toolchain: Toolchain;
  reporter: Reporter;
  signal: AbortSignal;
}

/** What `up` found and did. */
export type UpOutcome = 'created' | 'healed' | 'running';

/** Names of the embedded clusters of a home folder, complete or not. */
export function embeddedClusters({ home }: Pick<EmbeddedSettings, 'home'>): string[] {
  const folder = clustersFolder(home);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .sort()
    : [];
}

/** Brings one cluster up: finds it running, heals what has died of it, or creates it. */
export async function bringUp(name: string, nodes: number, options: EmbeddedOptions): Promise<UpOutcome> {
  const layout = clusterLayout(options.home, name, options.temporary);
  return withLock(layout.lock, waitingFor(name, options), async () => {
    const outcome = await healControlPlane(layout, options);
    await addNodes(connectTo(layout), nodes);
    const daemon = await healDaemon(layout, options);
    writeSharedKubeconfig(options.home);
    return outcome === 'running' && daemon === 'started' ? 'healed' : outcome;
  });
}

/**
 * Brings back what has died of the clusters that are there: processes of the control plane, and the daemon.
 * Every command calls it before it talks to an embedded cluster.
 */
export async function healClusters(options: EmbeddedOptions, names = embeddedClusters(options)): Promise<string[]> {
  const healed: string[] = [];
  for (const name of names) {
    const layout = clusterLayout(options.home, name, options.temporary);
    if (readRecord(layout.record, clusterRecordSchema)?.complete !== true) continue;
    if (isWhole(layout) && (await runningDaemon(layout))) continue;
    if ((await bringUp(name, 0, options)) !== 'running') healed.push(name);
  }
  return healed;
}

/** Ends exactly what was written down of a cluster, and removes its folder; false when there is no such cluster. */
export async function takeDown(name: string, options: Omit<EmbeddedOptions, 'toolchain'>): Promise<boolean> {
  const layout = clusterLayout(options.home, name, options.temporary);
  return withLock(layout.lock, waitingFor(name, options), async () => {
    const existed = existsSync(layout.folder);
    await remove(layout);
    writeSharedKubeconfig(options.home);
    return existed;
  });
}

/** What stands behind one cluster's name. */
export interface EmbeddedStatus {
  name: string;
  context: string;
  kubeconfig: string;
  /** Undefined while the API server does not answer. */
  identity?: ClusterIdentity;
  daemon?: DaemonStatus;
}

export async function embeddedStatus(name: string, options: EmbeddedSettings): Promise<EmbeddedStatus> {
  const layout = clusterLayout(options.home, name, options.temporary);
  const [identity, daemon] = await Promise.all([
    existsSync(layout.kubeconfig)
      ? connectTo(layout)
          .identity()
          .catch(() => undefined)
      : undefined,
    runningDaemon(layout),
  ]);
  return {
    name,
    context: name,
    kubeconfig: layout.kubeconfig,
    ...(identity ? { identity } : {}),
    ...(daemon ? { daemon } : {}),
  };
}

async function healControlPlane(layout: ClusterLayout, options: EmbeddedOptions): Promise<UpOutcome> {
  const record = readRecord(layout.record, clusterRecordSchema);
  if (record?.complete !== true) {
    await remove(layout);
    await create(layout, options);
    return 'created';
  }
  if (isWhole(layout)) return 'running';
  options.reporter.line(`${layout.name}: starting what has ended of it`);
  await startControlPlane({ ...(await kwokctlOptions(layout, options, record)) });
  writeRecord(layout.record, { ...record, processes: controlPlaneProcesses(layout) } satisfies ClusterRecord);
  return 'healed';
}

/** Whether every process of the control plane that was written down is alive. */
function isWhole(layout: ClusterLayout): boolean {
  const record = readRecord(layout.record, clusterRecordSchema);
  const programs = record?.processes.filter(({ name }) => name !== 'kwokctl') ?? [];
  return programs.length > 0 && programs.length >= controlPlaneNames(layout).length && programs.every(isAlive);
}

async function create(layout: ClusterLayout, options: EmbeddedOptions): Promise<void> {
  const { toolchain } = options;
  const [etcd, apiServer, controllerManager, scheduler, kubectl, kwok] = await Promise.all([
    toolchain.resolve('etcd'),
    toolchain.resolve('kube-apiserver'),
    toolchain.resolve('kube-controller-manager'),
    toolchain.resolve('kube-scheduler'),
    toolchain.resolve('kubectl'),
    toolchain.resolve('kwok'),
  ]);
  const record: ClusterRecord = {
    name: layout.name,
    kubernetesVersion: apiServer.version,
    ports: { etcd: 0, etcdPeer: 0, apiServer: 0, controllerManager: 0, scheduler: 0, kwok: 0 },
    daemonCommand: [...options.daemonCommand],
    complete: false,
    processes: [],
  };
  makeFolderSync(layout.folder, 0o700);
  // Neighbours that are created at the same moment must see each other's choice.
  await withLock(join(clustersFolder(options.home), '.ports.lock'), waitingFor('free ports', options), async () => {
    record.ports = await choosePorts(options);
    writeRecord(layout.record, record);
  });
  writeWhole(layout.egressSelector, egressSelectorConfiguration(layout.networkSocket));
  const programs = {
    etcd: etcd.path,
    kubeApiserver: apiServer.path,
    kubeControllerManager: controllerManager.path,
    kubeScheduler: scheduler.path,
    kubectl: kubectl.path,
    kwok: kwok.path,
  };
  const { ports, kubernetesVersion } = record;
  writeWhole(layout.kwokConfiguration, kwokctlConfiguration({ layout, kubernetesVersion, ports, programs }));
  await createControlPlane(await kwokctlOptions(layout, options, record));
  writeClusterKubeconfig(layout, ports.apiServer);
  const processes = controlPlaneProcesses(layout);
  writeRecord(layout.record, { ...record, complete: true, processes } satisfies ClusterRecord);
}

async function kwokctlOptions(layout: ClusterLayout, { toolchain, signal }: EmbeddedOptions, record: ClusterRecord) {
  const { path: program } = await toolchain.resolve('kwokctl');
  return {
    program,
    layout,
    signal,
    started: (kwokctl: ClusterRecord['processes'][number]) =>
      writeRecord(layout.record, { ...record, processes: [...record.processes, kwokctl] } satisfies ClusterRecord),
  };
}

async function choosePorts(options: EmbeddedOptions): Promise<ClusterRecord['ports']> {
  const others = embeddedClusters(options).map((name) => clusterLayout(options.home, name, options.temporary));
  const taken = others.flatMap(({ record }) => Object.values(readRecord(record, clusterRecordSchema)?.ports ?? {}));
  const ports = await freePorts(6, new Set(taken));
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0, kwok = 0] = ports;
  return { etcd, etcdPeer, apiServer, controllerManager, scheduler, kwok };
}

async function healDaemon(layout: ClusterLayout, options: EmbeddedOptions): Promise<'running' | 'started'> {
  const record = readRecord(layout.record, clusterRecordSchema);
  return ensureDaemon({
    layout,
    home: options.home,
    command: record ? daemonCommandOf(record, options.daemonCommand) : options.daemonCommand,
    environment: options.environment,
    signal: options.signal,
  });
}

async function addNodes(cluster: Cluster, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await cluster.create(clusterNode(index));
}

async function remove(layout: ClusterLayout): Promise<void> {
  await endDaemon(layout);
  // The data goes with them, so nothing is lost by not asking first. kwokctl comes before what it may yet start.
  const written = readRecord(layout.record, clusterRecordSchema)?.processes ?? [];
  await endProcesses(written, 0);
  await endProcesses(controlPlaneProcesses(layout), 0);
  rmSync(layout.folder, { recursive: true, force: true });
}

function connectTo({ name, kubeconfig }: ClusterLayout): Cluster {
  return connectCluster({ name, kubeconfig, context: name });
}

/** One command at a time changes a cluster; the others wait, and say so. */
function waitingFor(what: string, { reporter, signal }: Pick<EmbeddedOptions, 'reporter' | 'signal'>): LockOptions {
  return { signal, onWait: () => reporter.progress(`waiting for another command to be done with ${what}`) };
}
