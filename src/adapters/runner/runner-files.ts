import { accessSync, constants, statSync } from 'node:fs';
import { DeliveryError, messageOf } from '../../errors.ts';

/** Through which files a step tells its runner something. */
export type RunnerFile = 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_PATH';

/**
 * Refuses a step whose runner's files cannot be written, before it does anything: what it did would be lost for the
 * steps after it. A variable that is not set is a runner that has no such file.
 */
export function refuseRunnerFiles(environment: NodeJS.ProcessEnv, names: readonly RunnerFile[]): void {
  for (const name of names) {
    const path = environment[name];
    const reason = path ? whyNotWritable(path) : undefined;
    if (reason === undefined) continue;
    throw new DeliveryError(
      `${name} names ${path}, which cannot be written: ${reason}; the runner makes that file for each step: run this as a step of a job, mount the runner's folder into its container, or unset ${name}`,
      { code: 'RunnerFileUnwritable', kind: 'usage' },
    );
  }
}

function whyNotWritable(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'it is a folder';
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
  }
}
