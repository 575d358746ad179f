import { DeliveryError } from '../../errors.ts';
import { type ProgramResult, runProgram } from '../toolchain/run-program.ts';
import type { KindContext } from './kind-options.ts';

export interface KindRun {
  /** Milliseconds. */
  timeout: number;
  onStart?: (pid: number) => void;
}

/** Runs kind on Docker, what it says shown as it goes. */
export async function runKind(args: readonly string[], context: KindContext, run: KindRun): Promise<ProgramResult> {
  const { toolchain, reporter, signal, environment } = context;
  const { path } = await toolchain.resolve('kind');
  return runProgram(path, args, {
    environment: { ...environment, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    signal,
    ...run,
    onErrorLine: (line) => {
      const step = /^ • (.+?)\s*(?:[^\s\w.)]+\s*)?\.\.\.$/u.exec(line)?.[1];
      if (step !== undefined) reporter.progress(step);
    },
  });
}

/** The same, where kind must do it. */
export async function requireKind(what: string, args: readonly string[], context: KindContext): Promise<void> {
  const { exitCode, errors } = await runKind(args, context, { timeout: 900_000 });
  if (exitCode === 0) return;
  const said = errors.trim().split('\n').slice(-3).join(' | ');
  throw new DeliveryError(`${what} failed: kind ${args.slice(0, 2).join(' ')} said: ${said || 'nothing'}`, {
    code: 'KindFailed',
    retryable: true,
  });
}

/** Writes what kind can tell of a cluster (journals, container logs, the nodes' own) into a folder; why not all of it, if so. */
export async function exportKindLogs(
  cluster: string,
  folder: string,
  context: KindContext,
): Promise<string | undefined> {
  const { exitCode, errors } = await runKind(['export', 'logs', folder, '--name', cluster], context, {
    timeout: 120_000,
  });
  return exitCode === 0 ? undefined : (errors.trim().split('\n').at(-1) ?? '') || 'kind did not end in time';
}
