import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of package.json. */
export const root = join(import.meta.dirname, '..');

export interface ToolRun {
  code: number;
  output: string;
}

/** Runs a program of node_modules under the Node that runs this, and keeps what it printed. */
export function runTool(packageName: string, args: readonly string[], options: { show?: boolean } = {}): ToolRun {
  const run = spawnSync(process.execPath, [binaryOf(packageName), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: options.show === true ? 'inherit' : 'pipe',
  });
  return { code: run.status ?? 1, output: `${run.stdout ?? ''}${run.stderr ?? ''}` };
}

function binaryOf(packageName: string): string {
  const manifest = join(root, 'node_modules', packageName, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> };
  const path = typeof bin === 'string' ? bin : Object.values(bin)[0];
  if (path === undefined) throw new Error(`${packageName} has no program`);
  return join(dirname(manifest), path);
}
