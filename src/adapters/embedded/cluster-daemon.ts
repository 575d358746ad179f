import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import type { ClusterRecord, DaemonRecord } from '../../local/cluster-record.ts';
import type { Machine } from '../../local/container-environment.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';
import { mirrorObjects } from '../../local/object-mirror.ts';
import type { Pod } from '../../local/pod.ts';
import { hasProxy, type Proxy, proxyOf } from '../../local/proxy-node.ts';
import { type NetworkView, routeByName, routeConnection, type Service } from '../../local/service-route.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Toolchain } from '../../ports/toolchain.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { startControlSocket } from './control-socket.ts';
import { IstiodFleet } from './istiod-fleet.ts';
import { endProcesses, isAlive, recordProcess } from './process-identity.ts';
import { ProxyStreams } from './proxy-streams.ts';
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
 * The process beside one embedded cluster: its network as the API server sees it, its istiods and its proxies.
 * Returns when the signal is aborted, when it is asked to over its socket, or when the cluster's folder has gone.
 */
export async function runClusterDaemon(options: DaemonOptions): Promise<void> {
  const { layout, reporter, clock, machine } = options;
  const record = readRecord<ClusterRecord>(layout.record);
  if (record === undefined) throw noCluster(layout);
  const self = await claim(layout);
  const shutdown = new AbortController();
  const signal = AbortSignal.any([options.signal, shutdown.signal]);
  const cluster = connectCluster({ name: layout.name, kubeconfig: layout.kubeconfig, context: layout.name });
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
    changed() {
      writeRecord(layout.daemonRecord, { daemon: self, istiods: fleet.records() } satisfies DaemonRecord);
      loop.request();
    },
    ready: () => streams.hurry(),
    stopped: (ports) => streams.forget('127.0.0.1', ports.grpc),
  });
  const view = (): NetworkView => ({
    pods: pods.objects(),
    services: services.objects(),
    istiod: (key) => fleet.readyPorts(key),
  });
  const streams = new ProxyStreams((proxy) => findControlPlane(proxy, view()));

  let isFirst = true;
  async function reconcile(): Promise<void> {
    const current = pods.objects();
    followProxies(streams, current, machine);
    await fleet.reconcile(current);
    if (isFirst) await fleet.removeStaleForwards();
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
  const control = await startControlSocket(layout.controlSocket, {
    'GET /status': status,
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
  await Promise.all(following);
  rmSync(layout.daemonRecord, { force: true });
  reporter.line(`daemon ${process.pid} of cluster ${layout.name} has ended`);
}

/** Writes itself down, and ends the istiods that a daemon before it left behind. */
async function claim(layout: ClusterLayout) {
  const before = readRecord<DaemonRecord>(layout.daemonRecord);
  if (before && before.daemon.pid !== process.pid && isAlive(before.daemon)) {
    throw new DeliveryError(
      `daemon of cluster ${layout.name} cannot start: process ${before.daemon.pid} is its daemon; end that one first`,
      { code: 'DaemonRunning', kind: 'refused' },
    );
  }
  const self = recordProcess('daemon', process.pid);
  if (self === undefined) throw new DeliveryError(`process ${process.pid} has no start time`, { code: 'NoStartTime' });
  writeRecord(layout.daemonRecord, { daemon: self, istiods: before?.istiods ?? [] } satisfies DaemonRecord);
  await endProcesses(before?.istiods ?? [], 5000);
  rmSync(layout.istiodFolder, { recursive: true, force: true });
  writeRecord(layout.daemonRecord, { daemon: self, istiods: [] } satisfies DaemonRecord);
  return self;
}

/** One stream for each pod with a proxy; a pod that comes back under its name is another pod. */
function followProxies(streams: ProxyStreams, pods: readonly Pod[], machine: Machine): void {
  const present = new Map(pods.filter(hasProxy).map((pod) => [pod.metadata.uid ?? pod.metadata.name, pod]));
  for (const key of streams.keys()) if (!present.has(key)) streams.remove(key);
  for (const [key, pod] of present) {
    const proxy = streams.has(key) ? undefined : proxyOf(pod, machine);
    if (proxy) streams.add(key, proxy);
  }
}

function findControlPlane({ discoveryAddress }: Proxy, view: NetworkView): { host: string; port: number } | undefined {
  const [host = '', port = '15012'] = discoveryAddress.split(':');
  const [service = '', namespace = 'istio-system'] = host.split('.');
  // The same server listens on both; without a certificate only the one in plain text can be spoken to.
  const route = routeByName(service, namespace, port === '15012' ? 15010 : Number(port), view);
  return route.kind === 'dial' ? { host: route.host, port: route.port } : undefined;
}

interface ReconcileLoop {
  request(): void;
  end(): void;
}

/** Runs `work` after a request, one run at a time, many requests as one; a run that failed is repeated. */
function reconcileLoop(work: () => Promise<void>, failed: (reason: string | undefined) => void): ReconcileLoop {
  let state: 'idle' | 'due' | 'running' | 'again' | 'ended' = 'idle';

  function request(): void {
    if (state === 'running') state = 'again';
    if (state !== 'idle') return;
    state = 'due';
    setTimeout(run, 20);
  }

  function run(): void {
    if (state !== 'due') return;
    state = 'running';
    work()
      .then(() => failed(undefined))
      .catch((error) => {
        failed(messageOf(error));
        setTimeout(request, 1000);
      })
      .finally(() => {
        const again = state === 'again';
        if (state !== 'ended') state = 'idle';
        if (again) request();
      });
  }

  return { request, end: () => (state = 'ended') };
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
