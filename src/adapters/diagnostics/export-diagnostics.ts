import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { messageOf } from '../../errors.ts';
import { diagnosedPods } from '../../local/diagnosed-pods.ts';
import type { PodContainer } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { Toolchain, ToolName } from '../../ports/toolchain.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import { logToErrors } from '../istioctl/run-istioctl.ts';
import { runProgram } from '../toolchain/run-program.ts';

export interface DiagnosticsOptions {
  kubeconfig: string;
  context: string;
  /** Is made where it is missing; what stands in it already stays, files of the same names are replaced. */
  folder: string;
  toolchain: Toolchain;
  environment: NodeJS.ProcessEnv;
  /** Version of istioctl; the one that is locked where nothing is said. */
  istioVersion?: string;
  /** Milliseconds for all of it; three minutes where nothing is said. */
  timeout?: number;
}

export interface Diagnostics {
  /** Paths below the folder. */
  files: string[];
  /** What could not be had, and why; stands in `failures.txt` too. */
  failures: string[];
  /** One line for each pod that is not well. */
  unwell: string[];
}

/** How much is exported at most, of a cluster in which everything is broken. */
const limits = { logs: 60, lines: 5_000, proxies: 60, atOnce: 4, call: 30_000 };

/**
 * Writes what can be seen of a cluster into a folder: events, nodes, pods and their descriptions, the logs of pods
 * that are not well, and the configuration of every proxy. Throws nothing: what cannot be had is noted.
 */
export async function exportDiagnostics(options: DiagnosticsOptions): Promise<Diagnostics> {
  // Of its own: a run that was stopped still tells what there was.
  const signal = AbortSignal.timeout(options.timeout ?? 180_000);
  const found: Diagnostics = { files: [], failures: [], unwell: [] };
  const write = (file: string, text: string) => {
    makeFolderSync(dirname(join(options.folder, file)));
    writeFileSync(join(options.folder, file), text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
    found.files.push(file);
  };
  const call = caller(options, signal);
  const ask = async (file: string, tool: ToolName, args: readonly string[]): Promise<string | undefined> => {
    try {
      const output = await call(tool, args);
      write(file, output);
      return output;
    } catch (error) {
      found.failures.push(`${file}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const pods = await ask('pods.json', 'kubectl', ['get', 'pods', '--all-namespaces', '--output', 'json']);
  await ask('pods.txt', 'kubectl', ['get', 'pods', '--all-namespaces', '--output', 'wide']);
  await ask('pods-described.txt', 'kubectl', ['describe', 'pods', '--all-namespaces']);
  await ask('nodes-described.txt', 'kubectl', ['describe', 'nodes']);
  await ask('events.txt', 'kubectl', [
    ...['get', 'events', '--all-namespaces', '--sort-by=.metadata.creationTimestamp', '--output', 'wide'],
  ]);
  const { unready, restarted, injected, lines } = diagnosedPods(readPods(pods));
  found.unwell.push(...lines);
  await inTurns(unready.slice(0, limits.logs), (container) =>
    ask(logFile(container, ''), 'kubectl', logArguments(container)),
  );
  await inTurns(restarted.slice(0, limits.logs), (container) =>
    ask(logFile(container, '.previous'), 'kubectl', [...logArguments(container), '--previous']),
  );
  await inTurns(injected.slice(0, limits.proxies), ({ namespace, name }) =>
    ask(`proxies/${namespace}/${name}.json`, 'istioctl', [
      'proxy-config',
      'all',
      `${name}.${namespace}`,
      '--output',
      'json',
    ]),
  );
  if (unready.length > limits.logs) found.failures.push(`logs: ${unready.length - limits.logs} more were left out`);
  if (injected.length > limits.proxies)
    found.failures.push(`proxies: ${injected.length - limits.proxies} more were left out`);
  try {
    if (found.failures.length > 0) write('failures.txt', found.failures.join('\n'));
  } catch (error) {
    found.failures.push(`failures.txt: ${messageOf(error)}`);
  }
  return found;
}

type Call = (tool: ToolName, args: readonly string[]) => Promise<string>;

function caller(options: DiagnosticsOptions, signal: AbortSignal): Call {
  const { kubeconfig, context, toolchain, environment, istioVersion } = options;
  return async (tool, args) => {
    const { path } = await toolchain.resolve(tool, tool === 'istioctl' ? istioVersion : undefined);
    const { exitCode, output, errors } = await runProgram(
      path,
      [...args, '--kubeconfig', kubeconfig, '--context', context, ...(tool === 'istioctl' ? logToErrors : [])],
      { environment, signal, timeout: limits.call },
    );
    if (exitCode === 0) return output;
    throw new Error(errors.trim() || `no answer within ${limits.call / 1000} s`);
  };
}

function inTurns<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<unknown> {
  return pMap(all, run, { concurrency: limits.atOnce });
}

function readPods(text: string | undefined): KubernetesObject[] {
  return text === undefined ? [] : (JSON.parse(text) as { items: KubernetesObject[] }).items;
}

function logArguments({ namespace, pod, container }: PodContainer): string[] {
  return [
    'logs',
    pod,
    '--namespace',
    namespace,
    '--container',
    container,
    '--tail',
    String(limits.lines),
    '--timestamps',
  ];
}

function logFile({ namespace, pod, container }: PodContainer, suffix: string): string {
  return `logs/${namespace}/${pod}/${container}${suffix}.log`;
}
