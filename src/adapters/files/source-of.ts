import { dirname } from 'node:path';
import { getExecOutput } from '@actions/exec';
import type { Source } from '../../bundle/provenance.ts';

/** The commit that the file stands at; undefined where there is no git or no work tree. */
export async function sourceOf(file: string): Promise<Source | undefined> {
  const commit = await git(file, ['rev-parse', 'HEAD']);
  if (commit === undefined) return undefined;
  return { commit, modified: (await git(file, ['status', '--porcelain', '--', '.'])) !== '' };
}

async function git(file: string, args: string[]): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await getExecOutput('git', ['-C', dirname(file), ...args], {
      silent: true,
      ignoreReturnCode: true,
    });
    return exitCode === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
