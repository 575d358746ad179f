import * as core from '@actions/core';
import { refuseRunnerFiles } from '../runner/runner-files.ts';

/**
 * Puts folders first on PATH: for the following steps on a runner, and for this process. Elsewhere a shell has to do
 * it, by the line that is returned.
 */
export function addToPath(folders: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const unique = [...new Set(folders)];
  if (env.GITHUB_ACTIONS === 'true' && env.GITHUB_PATH) {
    refuseRunnerFiles(env, ['GITHUB_PATH']);
    for (const folder of unique.toReversed()) core.addPath(folder);
    return undefined;
  }
  return process.platform === 'win32'
    ? `$env:PATH = "${[...unique, '$env:PATH'].join(';')}"`
    : `export PATH=${[...unique.map(quote), '"$PATH"'].join(':')}`;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
