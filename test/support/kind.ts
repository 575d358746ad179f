import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { commandLine } from './embedded.ts';
import { type ProcessRun, runProcess, runStep, type StepRun } from './run-process.ts';

const execute = promisify(execFile);

/** The node image of these tests, where the machine has one of its own. */
export const nodeImage = process.env.KIND_NODE_IMAGE;

const nodeImageInputs: Record<string, string> = nodeImage === undefined ? {} : { 'node-image': nodeImage };

export async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args, { maxBuffer: 1 << 26 })).stdout.trim();
}

/** Names of the containers of a kind cluster, whatever state they are in. */
export async function containersOf(cluster: string): Promise<string[]> {
  return containersWith(`label=io.x-k8s.kind.cluster=${cluster}`);
}

/** The same of every rehearsal's cluster, whatever its name. */
export async function containersOfRehearsals(): Promise<string[]> {
  const all = await containersWith('label=io.x-k8s.kind.cluster');
  return all.filter((name) => name.startsWith('rehearsal-'));
}

async function containersWith(filter: string): Promise<string[]> {
  const output = await docker('ps', '--all', '--filter', filter, '--format', '{{.Names}}');
  return output.split('\n').filter(Boolean);
}

/** A machine with a runner on it: a home folder, and temporary files of the runner. */
export interface KindMachine {
  home: string;
  runnerTemp: string;
  /** Of everything that runs here, this test's own settings before them. */
  environment: Record<string, string>;
  /** Runs this program's command line with the node image of these tests. */
  up(...words: string[]): Promise<ProcessRun>;
  run(...words: string[]): Promise<ProcessRun>;
  /** Runs a step of action kind as the runner does it, in a run with this id. */
  step(which: 'main' | 'post', run: string, inputs: Record<string, string>): Promise<StepRun>;
  /** Everything in the home folder that is no tool and no lock. */
  leftInHome(): string[];
  kubectl(kubeconfig: string, ...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

export function kindMachine(settings: Record<string, string> = {}): KindMachine {
  const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-kind-'));
  const [home, runnerTemp] = [join(folder, 'home'), join(folder, 'temp')];
  const environment: Record<string, string> = {
    ...passed(),
    ISTIO_DELIVERY_HOME: home,
    ...settings,
  };
  const run = (...words: string[]) => runProcess([commandLine, ...words], { env: environment });
  return {
    home,
    runnerTemp,
    environment,
    run,
    up: (...words) =>
      run(
        'local',
        'up',
        '--provider',
        'kind',
        ...(nodeImage === undefined ? [] : ['--node-image', nodeImage]),
        ...words,
      ),
    step: (which, runId, inputs) =>
      runStep([join(import.meta.dirname, 'job-entry.ts'), which, 'kind'], {
        inputs: { ...nodeImageInputs, 'job-status': 'success', ...inputs },
        env: {
          ...environment,
          RUNNER_TEMP: runnerTemp,
          RUNNER_NAME: 'runner-of-tests',
          GITHUB_RUN_ID: runId,
          GITHUB_RUN_ATTEMPT: '1',
          GITHUB_JOB: 'validate',
        },
      }),
    leftInHome: () =>
      (readdirSync(home, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(home.length + 1))
        .filter((path) => !/^(tools|tmp)\//.test(path)),
    kubectl: async (kubeconfig, ...args) =>
      (await execute('kubectl', ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 1 << 26 })).stdout.trim(),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A kind cluster of its own, for one test file. */
export interface StartedKind {
  kubeconfig: string;
  context: string;
  cluster: Cluster;
  stop(): Promise<void>;
}

/** Creates it with this program's own command. */
export async function startKind(name: string, ...words: string[]): Promise<StartedKind> {
  const machine = kindMachine();
  const { code, stderr } = await machine.up('--clusters', name, ...words);
  if (code !== 0) throw new Error(`local up ended with ${code}: ${stderr}`);
  const kubeconfig = join(machine.home, 'kubeconfig');
  return {
    kubeconfig,
    context: name,
    cluster: connectCluster({ name, kubeconfig, context: name }),
    async stop() {
      await machine.run('local', 'down', '--clusters', name);
      await machine.remove();
    },
  };
}

/** What decides which Docker engine and which tools are meant. */
function passed(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^(DOCKER_|ISTIO_DELIVERY_|XDG_|GO|KIND_EXPERIMENTAL)/.test(name) ? [[name, value]] : [],
    ),
  );
}
