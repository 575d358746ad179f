import { join } from 'node:path';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import { leaseName } from '../../src/plan/cluster-state.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { read } from './delivery.ts';
import { commandLine, type Embedded } from './embedded.ts';
import { type ProcessRun, runProcess } from './run-process.ts';
import { type ApiWrite, type Side, startWriteGate } from './write-gate.ts';

export const controlPlane = 'istio-system';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: controlPlane, name: leaseName };

/** A cluster, and the bundle that processes upgrade it to. */
export interface UpgradeTarget {
  embedded: Embedded;
  cluster: Cluster;
  /** Path of the bundle. */
  bundle: string;
}

export interface UpgradeProcess extends ProcessRun {
  /** Whether `dies` said so at last. */
  killed: boolean;
  /** What it sent to change something, dry runs apart, as method and path. */
  writes: string[];
}

/** A machine that runs one job of a workflow, and nothing before or after. */
export interface Runner {
  /** The only folder that it has. */
  folder: string;
  /** Number of the workflow run. */
  run: string;
}

export interface UpgradeProcessOptions {
  /** Says at each side of every write of the process whether it dies there; the write waits for the answer. */
  dies?: (write: ApiWrite, side: Side) => boolean | Promise<boolean>;
  runner?: Runner;
}

/** Runs `istio-delivery upgrade <command>` in a process of its own, and kills it (SIGKILL) where `dies` says so. */
export async function upgradeProcess(
  { embedded, cluster, bundle }: UpgradeTarget,
  command: string,
  { dies = () => false, runner }: UpgradeProcessOptions = {},
): Promise<UpgradeProcess> {
  let kill: ((signal: NodeJS.Signals) => Promise<void>) | undefined;
  let killed = false;
  const writes: string[] = [];
  await embedded.accounts.allow(await readBundle(bundle));
  const token = await embedded.accounts.token('deliver', cluster.name);
  const onWrite = async (write: ApiWrite, side: Side) => {
    if (side === 'before' && !write.path.includes('dryRun=')) writes.push(`${write.method} ${write.path}`);
    if (killed || !(await dies(write, side))) return killed;
    killed = true;
    await kill?.('SIGKILL');
    return true;
  };
  const gate = await startWriteGate(embedded, cluster.name, onWrite, { token });
  try {
    const words = ['upgrade', command, '--bundle', bundle, '--environment', 'dev', '--timeout', '90'];
    const run = await runProcess([commandLine, ...words, '--record', recordFile(runner?.folder ?? embedded.home)], {
      env: { ...embedded.environment, KUBECONFIG: gate.kubeconfig, ...(runner ? environmentOf(runner) : {}) },
      onStart: (handle) => {
        kill = handle;
      },
    });
    return { ...run, killed, writes };
  } finally {
    await gate.close();
  }
}

/** Where a process with this folder leaves its record. */
export function recordFile(folder: string): string {
  return join(folder, 'record.json');
}

/** How the next one reads who holds the lock. */
export function holderOf({ run }: Runner): string {
  return `https://github.example/acme/mesh/actions/runs/${run}`;
}

function environmentOf({ folder, run }: Runner): Record<string, string> {
  return {
    HOME: folder,
    ISTIO_DELIVERY_HOME: join(folder, 'istio-delivery'),
    GITHUB_ACTOR: 'octocat',
    GITHUB_REPOSITORY: 'acme/mesh',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_RUN_ID: run,
  };
}

/** Takes the lock from whoever holds it, as an administrator does who knows that the run is dead. */
export async function breakLock(cluster: Cluster): Promise<void> {
  const live = await read(cluster, lease);
  await cluster.replace({ ...live, spec: { ...(live.spec as object), holderIdentity: '' } });
}
