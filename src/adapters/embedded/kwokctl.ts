import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import { isAlive, processesRunning, recordProcess } from './process-identity.ts';

export interface KwokctlOptions {
  /** Path of kwokctl. */
  program: string;
  layout: ClusterLayout;
  signal: AbortSignal;
  /** kwokctl itself was started; it outlives us when we are killed, so it is written down too. */
  started(record: ProcessRecord): void;
}

/** Creates the control plane and waits until it is ready. */
export function createControlPlane(options: KwokctlOptions): Promise<void> {
  return kwokctl(options, [
    'create',
    'cluster',
    '--config',
    options.layout.kwokConfiguration,
    '--kubeconfig',
    '',
    '--wait',
    '120s',
  ]);
}

/** Starts those of its processes that have ended. */
export function startControlPlane(options: KwokctlOptions): Promise<void> {
  forgetDeadProcesses(options.layout);
  return kwokctl(options, ['start', 'cluster', '--wait', '120s']);
}

/** The processes of the control plane that run now, by kwokctl's pid files and by the programs in the cluster's folder. */
export function controlPlaneProcesses(layout: ClusterLayout): ProcessRecord[] {
  return processesRunning(join(layout.kwokFolder, 'bin'));
}

/** The names of all processes that kwokctl started, dead or alive. */
export function controlPlaneNames(layout: ClusterLayout): string[] {
  const folder = join(layout.kwokFolder, 'pids');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((file) => file.replace(/\.pid$/, ''));
}

/** kwokctl asks only whether the pid is in use; a recycled one would pass for the process. */
function forgetDeadProcesses(layout: ClusterLayout): void {
  const alive = new Set(
    controlPlaneProcesses(layout)
      .filter(isAlive)
      .map(({ pid }) => pid),
  );
  for (const name of controlPlaneNames(layout)) {
    const file = join(layout.kwokFolder, 'pids', `${name}.pid`);
    if (!alive.has(Number(readFileSync(file, 'utf8')))) rmSync(file);
  }
}

async function kwokctl({ program, layout, signal, started }: KwokctlOptions, args: string[]): Promise<void> {
  mkdirSync(layout.kwokHome, { recursive: true });
  const child = spawn(program, [...args, '--name', layout.name], {
    env: { PATH: '/usr/bin:/bin', HOME: layout.kwokHome, KWOK_WORKDIR: layout.kwokHome },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const record = child.pid === undefined ? undefined : recordProcess('kwokctl', child.pid);
  if (record) started(record);
  const { code, output } = await endOf(child);
  signal.throwIfAborted();
  if (code === 0) return;
  throw new DeliveryError(
    `cluster ${layout.name} was not started: kwokctl ${args[0]} ended with exit code ${code}: ${lastErrors(output)}; see ${join(layout.kwokFolder, 'logs')}`,
    { code: 'ControlPlaneFailed', retryable: true },
  );
}

function endOf(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    // The children of kwokctl inherit nothing of its pipes, so its exit closes them.
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
    child.once('error', (error) => resolve({ code: null, output: error.message }));
  });
}

/** kwokctl logs JSON lines where no terminal is. */
function lastErrors(output: string): string {
  const lines = output.trim().split('\n');
  const errors = lines.flatMap((line) => {
    try {
      const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: unknown };
      return level === 'ERROR' ? [[msg, err].filter(Boolean).join(': ')] : [];
    } catch {
      return [line];
    }
  });
  return (errors.length > 0 ? errors : lines).slice(-3).join(' | ');
}
