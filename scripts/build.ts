import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobs } from '../src/jobs/table.ts';
import { actionsOf } from './action-files.ts';
import { entryStub } from './entry-stub.ts';
import { root, runTool } from './run-tool.ts';
import { sbomFile, sbomOf } from './sbom.ts';

/** Compiles src to lib/ and bundles that into `folder`: one bundle, a stub an action, and the command line. */
function build(folder: string): void {
  rmSync(join(root, 'lib'), { recursive: true, force: true });
  run('typescript', ['-p', 'tsconfig.build.json']);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // No source map: it would cost every failing run a second.
  run('@vercel/ncc', ['build', 'lib/index.js', '-m', '--no-cache', '-q', '--license', 'licenses.txt', '-o', folder]);
  // Protocol files of grpc-js for services (channelz, orca) that nothing here offers.
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) rmSync(join(folder, entry.name), { recursive: true });
  }
  buildCompileCache(folder);
  for (const { name, post } of actionsOf(jobs)) {
    writeFileSync(join(folder, `${name}.js`), entryStub('runAction', `'${name}'`));
    if (post) writeFileSync(join(folder, `${name}-post.js`), entryStub('runPost', `'${name}'`));
  }
  writeFileSync(join(folder, 'cli.js'), `#!/usr/bin/env node\n${entryStub('runCommand', 'process.argv.slice(2)')}`);
  chmodSync(join(folder, 'cli.js'), 0o755);
  writeFileSync(join(folder, sbomFile), sbomOf(readFileSync(join(folder, 'licenses.txt'), 'utf8')));
}

/** Apart from the bundle, whose compiled code it keeps. */
function buildCompileCache(folder: string): void {
  const alone = join(folder, 'alone');
  run('@vercel/ncc', ['build', 'lib/adapters/runner/compile-cache.js', '-m', '--no-cache', '-q', '-o', alone]);
  renameSync(join(alone, 'index.js'), join(folder, 'compile-cache.js'));
  rmSync(alone, { recursive: true });
}

function run(packageName: string, args: readonly string[]): void {
  const { code, output } = runTool(packageName, args);
  if (code !== 0) throw new Error(`${packageName} failed:\n${output}`);
}

function filesIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}

function differences(one: Map<string, string>, other: Map<string, string>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name)).sort();
}

const dist = join(root, 'dist');
if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-dist-'));
  try {
    build(folder);
    const stale = differences(filesIn(folder), filesIn(dist));
    if (stale.length > 0) {
      console.error(`dist is not what the sources build: ${stale.join(', ')}; run npm run build and commit`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  build(dist);
}
