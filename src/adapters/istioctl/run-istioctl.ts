import type { Tool } from '../../ports/toolchain.ts';
import { type ProgramOptions, type ProgramResult, runProgram } from '../toolchain/run-program.ts';
import { readIstioctlLog } from './istioctl-log.ts';

export interface IstioctlResult extends ProgramResult {
  /** What its log warns of, without times. */
  warnings: string[];
}

/**
 * Runs istioctl with its log kept apart from its output: it writes it to standard output where nothing is said. What is
 * left in `errors` is what it says to a person.
 */
export async function runIstioctl(
  { path }: Pick<Tool, 'path'>,
  args: readonly string[],
  options: ProgramOptions,
): Promise<IstioctlResult> {
  const result = await runProgram(path, [...args, ...logToErrors], options);
  const { warnings, rest } = readIstioctlLog(result.errors);
  return { ...result, errors: rest, warnings };
}

/** Milliseconds for what istioctl does without a cluster: seconds, even for a large mesh on a small machine. */
export const istioctlPatience = 300_000;

/** Every command of istioctl takes it. */
export const logToErrors = ['--log_target', 'stderr'] as const;

/** Without the caller's environment: neither ISTIOCTL_… nor a configuration file at home may change what comes out. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', SystemRoot } = process.env;
  return { PATH, ...(SystemRoot && { SystemRoot }) };
}
