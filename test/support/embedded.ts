import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountName, accountCommands } from '../../src/access/access-accounts.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import { setFaults } from '../../src/adapters/embedded/control-socket.ts';
import {
  bringUp,
  type EmbeddedOptions,
  embeddedClusters,
  takeDown,
} from '../../src/adapters/embedded/embedded-clusters.ts';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import { createSecrets } from '../../src/adapters/runner/secrets.ts';
import { terminalReporter } from '../../src/adapters/runner/terminal-reporter.ts';
import { createToolchain } from '../../src/adapters/toolchain/create-toolchain.ts';
import { explicitPathVariable, toolchainSettings } from '../../src/adapters/toolchain/toolchain-settings.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { clusterLayout, sharedKubeconfig } from '../../src/local/cluster-layout.ts';
import type { Fault } from '../../src/local/fault.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { ToolName } from '../../src/ports/toolchain.ts';
import { type Accounts, accountsOf } from './accounts.ts';
import { type ProcessRun, runProcess } from './run-process.ts';

/** A folder of its own with embedded clusters in it, for one test file. */
export interface Embedded {
  home: string;
  /** Has a context for each cluster, named after it. */
  kubeconfig: string;
  /** What a child process needs to see the same clusters and use the same tools. */
  environment: Record<string, string>;
  /** Path of a tool. */
  tool(name: ToolName): string;
  /** As an administrator. */
  cluster(name: string): Cluster;
  /** The accounts that do what this program does: everything else is the administrator's. */
  accounts: Accounts;
  /** Makes these things go wrong in a cluster, in place of those before; none cures it. In force when it returns. */
  faults(name: string, ...faults: Fault[]): Promise<void>;
  /** Kubeconfig whose context of the same name leads to the API server through the front on which `api` faults bite. */
  faultyKubeconfig(name: string): string;
  /** The cluster through that front. */
  faultyCluster(name: string): Cluster;
  /**
   * Runs this program's command line: `run('local', 'status')`; those that look at a cluster or deliver to one as the
   * account that is for that, unless a kubeconfig is given.
   */
  run(...words: string[]): Promise<ProcessRun>;
  /** Takes every cluster down, and the folder with them. */
  stop(): Promise<void>;
}

export const commandLine = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

const prefix = 'istio-delivery-test-';
const reporter = terminalReporter(process.stderr, createSecrets(), systemClock);
const never = new AbortController().signal;
const toolNames: ToolName[] = [
  'istioctl',
  'pilot-discovery',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'kwok',
  'kwokctl',
  'kubectl',
];

/** Brings up embedded clusters with these names, as `local up` does: about 5 seconds for one. */
export async function startEmbedded(names: readonly string[], nodes = 1): Promise<Embedded> {
  await sweep();
  const tools = await resolveTools();
  const home = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const environment = {
    ...Object.fromEntries([...tools].map(([name, path]) => [explicitPathVariable(name), path])),
    ISTIO_DELIVERY_HOME: home,
    KUBECONFIG: sharedKubeconfig(home),
  };
  const options = optionsFor(home, environment);
  const layout = (name: string) => clusterLayout(home, name, options.temporary);
  const connect = (name: string, kubeconfig: string) => connectCluster({ name, kubeconfig, context: name });
  await Promise.all(names.map((name) => bringUp(name, nodes, options)));
  const kubeconfig = sharedKubeconfig(home);
  const accounts = accountsOf({ folder: home, kubeconfig, clusters: names });
  return {
    home,
    kubeconfig,
    environment,
    tool: (name) => tools.get(name) ?? name,
    cluster(name) {
      const cluster = { ...connect(name, kubeconfig), [accountsKey]: accounts };
      originals.add(cluster);
      return cluster;
    },
    accounts,
    faults: (name, ...faults) => setFaults(layout(name).controlSocket, faults),
    faultyKubeconfig: (name) => layout(name).faultyKubeconfig,
    faultyCluster: (name) => connect(name, layout(name).faultyKubeconfig),
    run: async (...words) =>
      runProcess([commandLine, ...words], { env: { ...environment, ...(await asAccount(words)) } }),
    stop: () => clear(home),
  };

  async function asAccount(words: readonly string[]): Promise<{ KUBECONFIG?: string }> {
    const account = accountFor(words[0]);
    const bundle = words[words.indexOf('--bundle') + 1];
    if (account === undefined || bundle === undefined || words.includes('--kubeconfig')) return {};
    const read = await readBundle(bundle).catch(() => undefined);
    if (read === undefined || !(await accounts.allow(read))) return {};
    return { KUBECONFIG: accounts.kubeconfig(account) };
  }
}

function accountFor(command: string | undefined): AccountName | undefined {
  const names = ['look', 'deliver'] as const;
  return names.find((name) => accountCommands[name].some((each) => each === command));
}

/** Stays with a cluster that stands for another one. */
const accountsKey = Symbol('accounts');
const originals = new WeakSet<Cluster>();

/**
 * A cluster as an account that may do what `access` says for a bundle. Itself where it is no embedded one, and where it
 * stands for one, in which something goes wrong.
 */
export async function asAccount(cluster: Cluster, account: AccountName, bundle: Bundle): Promise<Cluster> {
  const { [accountsKey]: accounts } = cluster as { [accountsKey]?: Accounts };
  const isAllowed = await accounts?.allow(bundle);
  return accounts && isAllowed && originals.has(cluster) ? accounts.cluster(account, cluster.name) : cluster;
}

function optionsFor(home: string, environment: Record<string, string>): EmbeddedOptions {
  return {
    home,
    temporary: tmpdir(),
    daemonCommand: [process.execPath, commandLine, 'local', 'daemon'],
    environment: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    toolchain: createToolchain(toolchainSettings({ ...process.env, ...environment }), reporter, never),
    reporter,
    signal: never,
  };
}

async function clear(home: string): Promise<void> {
  const options = optionsFor(home, {});
  await Promise.all(embeddedClusters(options).map((name) => takeDown(name, options)));
  await rm(home, { recursive: true, force: true });
}

/** A test run that was killed could not clean up behind itself. */
async function sweep(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const owner = Number(name.slice(prefix.length).split('-')[0]);
    if (!isRunning(owner)) await clear(join(tmpdir(), name));
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** From the machine's own toolchain, so that nothing is built once for each test folder. */
async function resolveTools(): Promise<Map<ToolName, string>> {
  const toolchain = createToolchain(toolchainSettings(process.env), reporter, never);
  const tools = new Map<ToolName, string>();
  for (const name of toolNames) tools.set(name, (await toolchain.resolve(name)).path);
  return tools;
}
