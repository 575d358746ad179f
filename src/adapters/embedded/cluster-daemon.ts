import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorObjects } from '../../apply/object-mirror.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import { clusterRecordSchema, type DaemonRecord } from '../../local/cluster-record.ts';
import type { Machine } from '../../local/container-environment.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';
import { goneNodes, istiodFaultOf, proxyFaultOf, webhookFaultOf } from '../../local/fault-match.ts';
import type { Pod } from '../../local/pod.ts';
import { type NetworkView, routeConnection, type Service } from '../../local/service-route.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Toolchain } from '../../ports/toolchain.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { startApiFront } from './api-front.ts';
import { claimDaemon } from './claim-daemon.ts';
import { writeClusterKubeconfig } from './cluster-kubeconfig.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { startControlSocket } from './control-socket.ts';
import { createFaultBoard } from './fault-board.ts';
import { switchFaults, troubleOf } from './fault-switch.ts';
import { findControlPlane, followProxies } from './follow-proxies.ts';
import { IstiodFleet } from './istiod-fleet.ts';
import { syncGoneNodes } from './node-faults.ts';
import { keepPods } from './pod-keeper.ts';
import { ProxyStreams } from './proxy-streams.ts';
import { reconcileLoop } from './reconcile-loop.ts';
import { readRecord, writeRecord } from './record-file.ts';

export interface DaemonOptions {
  layout: ClusterLayout;
  toolchain: Toolchain;
  machine: Machine;
  clock: Clock;
  reporter: Reporter;
  /** Ends the daemon, and everything it started. */
  signal: AbortSignal;
}

const tokenRenewal = 3600_000;
const folderCheck = 5000;

/**
 * The process beside one embedded cluster: its network as the API server sees it, its kubelets,
 * its istiods, its proxies, and what is made to go wrong with them.
 * Returns when the signal is aborted, when it is asked to over its socket, or when the cluster's folder has gone.
 */
export async function runClusterDaemon(options: DaemonOptions): Promise<void> {
  const { layout, reporter, clock, machine } = options;
  const record = readRecord(layout.record, clusterRecordSchema);
  if (record === undefined) throw noCluster(layout);
  const self = await claimDaemon(layout);
  const shutdown = new AbortController();
  const signal = AbortSignal.any([options.signal, shutdown.signal]);
  const cluster = connectCluster({
    name: layout.name,
    kubeconfig: layout.kubeconfig,
    context: layout.name,
    secret: reporter.secret,
  });
  const board = createFaultBoard();
  const troubles = new Map<string, string>();
  const loop = reconcileLoop(
    () => reconcile(),
    (reason) => note('reconcile', reason),
  );

  function note(subject: string, reason: string | undefined): void {
    if (reason === undefined) troubles.delete(subject);
    else if (troubles.get(subject) !== reason) reporter.line(`${subject}: ${reason}`);
    if (reason !== undefined) troubles.set(subject, reason);
  }

  function mirror<T extends Pod | Service>(kind: string) {
    const trouble = (reason: string | undefined) => note(`${kind} objects`, reason);
    return mirrorObjects<T>({ cluster, type: { apiVersion: 'v1', kind }, clock, changed: loop.request, trouble });
  }
  const pods = mirror<Pod>('Pod');
  const services = mirror<Service>('Service');

  const fleet = new IstiodFleet({
    cluster,
    toolchain: options.toolchain,
    machine,
    clock,
    reporter,
    folder: layout.istiodFolder,
    apiServer: {
      address: `https://127.0.0.1:${record.ports.apiServer}`,
      certificateAuthority: join(layout.kwokFolder, 'pki', 'ca.crt'),
    },
    faultOf: (revision) => istiodFaultOf(board.all(), revision),
    changed() {
      writeRecord(layout.daemonRecord, { daemon: self, istiods: fleet.records() } satisfies DaemonRecord);
      loop.request();
    },
    ready: () => streams.hurry(),
    stopped: (ports) => streams.forget('127.0.0.1', ports.grpc),
  });
  /** Nothing on a node that has gone runs. */
  function runningPods(): Pod[] {
    const gone = goneNodes(board.all());
    return pods.objects().filter(({ spec }) => !gone.has(spec.nodeName ?? ''));
  }
  const view = (): NetworkView => ({
    pods: runningPods(),
    services: services.objects(),
    istiod: (key) => fleet.readyPorts(key),
    webhookFault: (service) => webhookFaultOf(board.all(), service),
  });
  const streams = new ProxyStreams({
    find: (proxy) => findControlPlane(proxy, view()),
    faultOf: (proxy) => proxyFaultOf(board.all(), proxy),
  });
  const keeper = keepPods({ cluster, clock, faults: board.all });

  let isFirst = true;
  async function reconcile(): Promise<void> {
    const running = runningPods();
    followProxies(streams, running, machine);
    await Promise.all([fleet.reconcile(running), keeper.reconcile(pods.objects())]);
    if (!isFirst) return;
    await fleet.removeStaleForwards();
    // A daemon before this one may have had other faults.
    await syncGoneNodes(cluster, goneNodes(board.all()), clock);
    isFirst = false;
  }

  function status(): DaemonStatus {
    const trouble = [...troubles].map(([subject, reason]) => `${subject}: ${reason}`).join('; ');
    return {
      cluster: layout.name,
      pid: process.pid,
      istiods: fleet.statuses(),
      proxies: streams.counts(),
      ...(trouble === '' ? {} : { trouble }),
    };
  }

  const network = await startConnectProxy(layout.networkSocket, (host, port) => {
    const route = routeConnection(host, port, view());
    if (route.kind === 'refused') reporter.line(`refused ${host}:${port}: ${route.reason}`);
    return route;
  });
  const front = await startApiFront({
    apiServer: record.ports.apiServer,
    keys: join(layout.kwokFolder, 'pki'),
    decide: (request) => troubleOf(board, request),
  });
  writeClusterKubeconfig(layout, front.port, layout.faultyKubeconfig);
  const switching = { board, cluster, clock, network, front, streams, fleet, services: services.objects };
  const control = await startControlSocket(layout.controlSocket, {
    'GET /status': status,
    'GET /faults': board.all,
    'PUT /faults': (body) => switchFaults(body, switching).finally(loop.request),
    'POST /shutdown': () => setImmediate(() => shutdown.abort()),
  });
  const timers = [
    setInterval(() => void fleet.renewTokens().catch((error) => note('tokens', messageOf(error))), tokenRenewal),
    setInterval(() => existsSync(layout.record) || shutdown.abort(), folderCheck),
  ];
  reporter.line(`daemon ${process.pid} of cluster ${layout.name} is up`);
  const following = [pods.follow(signal), services.follow(signal)];
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  for (const timer of timers) clearInterval(timer);
  control.close();
  loop.end();
  streams.close();
  await fleet.close();
  network.close();
  await front.close();
  await Promise.all(following);
  rmSync(layout.daemonRecord, { force: true });
  reporter.line(`daemon ${process.pid} of cluster ${layout.name} has ended`);
}

function noCluster(layout: ClusterLayout): DeliveryError {
  return new DeliveryError(
    `there is no embedded cluster "${layout.name}" in ${layout.folder}; create it with local up`,
    {
      code: 'ClusterUnknown',
      kind: 'usage',
    },
  );
}
