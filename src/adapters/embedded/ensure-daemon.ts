import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveryError } from '../../errors.ts';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import { type ClusterRecord, daemonRecordSchema } from '../../local/cluster-record.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';
import { askForShutdown, readDaemonStatus } from './control-socket.ts';
import { endProcesses, isAlive } from './process-identity.ts';
import { readRecord } from './record-file.ts';

export interface EnsureDaemonOptions {
  layout: ClusterLayout;
  /** Home folder of the product, for the daemon's environment. */
  home: string;
  /** Program and arguments; the cluster's name is added as `--cluster <name>`. */
  command: readonly string[];
  /** What the daemon inherits. */
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

const answerPatience = 3000;
const startPatience = 20_000;

/** Starts the cluster's daemon, unless one answers. The caller holds the cluster's lock. */
export async function ensureDaemon(options: EnsureDaemonOptions): Promise<'running' | 'started'> {
  const { layout } = options;
  if (await runningDaemon(layout)) return 'running';
  await endDaemon(layout);
  const pid = startDaemon(options);
  await waitForAnswer(options, pid);
  return 'started';
}

/** The word of the daemon that was written down; undefined when it is dead or does not answer. */
export async function runningDaemon(layout: ClusterLayout): Promise<DaemonStatus | undefined> {
  const record = readRecord(layout.daemonRecord, daemonRecordSchema);
  if (record === undefined || !isAlive(record.daemon)) return undefined;
  const status = await readDaemonStatus(layout.controlSocket, answerPatience);
  return status?.pid === record.daemon.pid ? status : undefined;
}

/** Ends the daemon and the istiods that it wrote down, whatever state they are in. */
export async function endDaemon(layout: ClusterLayout): Promise<void> {
  const record = readRecord(layout.daemonRecord, daemonRecordSchema);
  if (record && isAlive(record.daemon)) {
    await askForShutdown(layout.controlSocket, answerPatience);
    await endProcesses([record.daemon], 10_000);
  }
  // It may have written down more than before; a daemon that was killed leaves them behind.
  await endProcesses((readRecord(layout.daemonRecord, daemonRecordSchema) ?? record)?.istiods ?? [], 2000);
  rmSync(layout.networkSocket, { force: true });
  rmSync(layout.controlSocket, { force: true });
}

/** What to start a daemon with: what `up` wrote down, or `fallback` where that program has moved since. */
export function daemonCommandOf(record: ClusterRecord, fallback: readonly string[]): readonly string[] {
  const written = record.daemonCommand.filter((part) => part.startsWith('/'));
  return written.length > 0 && written.every((path) => existsSync(path)) ? record.daemonCommand : fallback;
}

function startDaemon({ layout, home, command, environment }: EnsureDaemonOptions): number {
  const [program, ...args] = command;
  if (program === undefined) {
    throw new DeliveryError(
      `daemon of cluster ${layout.name} cannot be started: the command line it was started with is gone; run local up`,
      { code: 'CommandLineMissing' },
    );
  }
  const log = openSync(layout.daemonLog, 'a', 0o600);
  const child = spawn(program, [...args, '--cluster', layout.name], {
    detached: true,
    cwd: layout.folder,
    env: { ...environment, ISTIO_DELIVERY_HOME: home },
    stdio: ['ignore', log, log],
  });
  child.on('error', () => undefined);
  closeSync(log);
  child.unref();
  return child.pid ?? 0;
}

async function waitForAnswer({ layout, signal }: EnsureDaemonOptions, pid: number): Promise<void> {
  const giveUp = Date.now() + startPatience;
  while (Date.now() < giveUp) {
    signal.throwIfAborted();
    if (await runningDaemon(layout)) return;
    await sleep(50);
  }
  throw new DeliveryError(
    `daemon of cluster ${layout.name} (process ${pid}) did not answer within ${startPatience / 1000} s: ${lastLines(layout.daemonLog)}; see ${layout.daemonLog}`,
    { code: 'DaemonFailed', retryable: true },
  );
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(-3).join(' | ') : 'it wrote no log';
}
