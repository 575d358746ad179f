import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Toolchain, ToolName } from '../../ports/toolchain.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import { logToErrors } from '../istioctl/run-istioctl.ts';
import { runProgram } from '../toolchain/run-program.ts';

export interface AskedCluster {
  kubeconfig: string;
  context: string;
  toolchain: Toolchain;
  environment: NodeJS.ProcessEnv;
  /** Version of istioctl; the one that is locked where nothing is said. */
  istioVersion?: string;
}

export interface Diagnostics {
  /** Paths below the folder. */
  files: string[];
  /** What could not be had, and why; stands in `failures.txt` too. */
  failures: string[];
  /** One line for each pod that is not well. */
  unwell: string[];
}

/** Writes a text below a folder, for its owner alone. */
export function writeBelow(folder: string, file: string, text: string): void {
  const path = join(folder, file);
  makeFolderSync(dirname(path));
  writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
}

/** A folder that fills with what programs say of a cluster. */
export interface DiagnosticsFolder {
  found: Diagnostics;
  write(file: string, text: string): void;
  /** What a program prints becomes a file. Undefined where it could not be had, which is noted. */
  ask(file: string, tool: ToolName, args: readonly string[]): Promise<string | undefined>;
  /** Whether the API server answers; from when it does not, nothing is asked any more. */
  answers(): Promise<boolean>;
  /** Takes away what only the programs needed, and notes what was not asked. */
  close(): void;
}

/** Milliseconds for one call, and for the one that tells whether anybody answers. */
const patience = { call: 30_000, answer: 5_000 };

/** Nothing is thrown: what cannot be had is noted. The signal ends it early. */
export function diagnosticsFolder(folder: string, cluster: AskedCluster, signal: AbortSignal): DiagnosticsFolder {
  const found: Diagnostics = { files: [], failures: [], unwell: [] };
  // kubectl and istioctl keep what they learn of an API server in the home folder of whoever runs them.
  const cache = mkdtempSync(join(tmpdir(), 'istio-delivery-cache-'));
  const environment = { ...cluster.environment, KUBECACHEDIR: cache };
  let silent = false;
  let notAsked = 0;

  async function call(tool: ToolName, args: readonly string[], timeout = patience.call): Promise<string> {
    const { kubeconfig, context, toolchain, istioVersion } = cluster;
    const { path } = await toolchain.resolve(tool, tool === 'istioctl' ? istioVersion : undefined);
    const { exitCode, output, errors } = await runProgram(
      path,
      [...args, '--kubeconfig', kubeconfig, '--context', context, ...(tool === 'istioctl' ? logToErrors : [])],
      { environment, signal, timeout },
    );
    if (exitCode === 0) return output;
    throw new Error(errors.trim() || `no answer within ${timeout / 1000} s`);
  }

  async function answers(): Promise<boolean> {
    if (silent) return false;
    try {
      await call('kubectl', ['get', '--raw', '/version'], patience.answer);
      return true;
    } catch (error) {
      if (!silent && !signal.aborted) {
        silent = true;
        found.failures.unshift(
          `the API server does not answer, and nothing more was asked of it: ${messageOf(error).split('\n').at(-1)}`,
        );
      }
      return false;
    }
  }

  function write(file: string, text: string): void {
    writeBelow(folder, file, text);
    if (!found.files.includes(file)) found.files.push(file);
  }

  return {
    found,
    answers,
    write(file, text) {
      try {
        write(file, text);
      } catch (error) {
        found.failures.push(`${file}: ${messageOf(error)}`);
      }
    },
    async ask(file, tool, args) {
      if (silent || signal.aborted) {
        notAsked += 1;
        return undefined;
      }
      try {
        const output = await call(tool, args);
        write(file, output);
        return output;
      } catch (error) {
        const reason = messageOf(error);
        if (signal.aborted) notAsked += 1;
        // Somebody who says no is there.
        else if (reason.startsWith('Error from server') || (await answers())) found.failures.push(`${file}: ${reason}`);
        return undefined;
      }
    },
    close() {
      if (signal.aborted && notAsked > 0)
        found.failures.push(`there was no time for all of it: ${notAsked} files or more are missing`);
      if (existsSync(cache)) rmSync(cache, { recursive: true, force: true });
    },
  };
}
