import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, runTool, type ToolRun } from './run-tool.ts';

const checks: readonly { title: string; run: () => ToolRun }[] = [
  { title: 'format and lint', run: () => runTool('@biomejs/biome', ['check', '--error-on-warnings', '.']) },
  { title: 'types', run: () => runTool('typescript', ['-p', '.']) },
  { title: 'generated files', run: () => runScript('generate.ts') },
  { title: 'dist', run: () => runScript('build.ts') },
];

/** Runs every check, prints a line for each and the output of those that failed, and tells whether all passed. */
export function runChecks(): boolean {
  const results = checks.map(({ title, run }) => {
    const started = performance.now();
    const { code, output } = run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? '✓' : '✗'} ${title} (${seconds} s)`);
    if (code !== 0) console.log(output);
    return code === 0;
  });
  return results.every((passed) => passed);
}

function runScript(name: string): ToolRun {
  const run = spawnSync(process.execPath, [join(root, 'scripts', name), '--check'], { cwd: root, encoding: 'utf8' });
  return { code: run.status ?? 1, output: `${run.stdout}${run.stderr}` };
}

if (import.meta.main && !runChecks()) process.exitCode = 1;
