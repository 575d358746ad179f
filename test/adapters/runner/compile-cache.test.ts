import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileCacheFolder } from '../../../src/adapters/runner/compile-cache.ts';
import { asRoot, inFolder } from '../../support/folders.ts';
import { runProcess } from '../../support/run-process.ts';
import { root } from '../../support/workflow-files.ts';

test('compiled code is kept in the home folder, for this user alone', () =>
  inFolder(async (folder) => {
    const path = compileCacheFolder({ ISTIO_DELIVERY_HOME: join(folder, 'home') });
    expect(path).toBe(join(folder, 'home', 'compiled'));
    expect(statSync(join(folder, 'home', 'compiled')).mode & 0o777).toBe(0o700);
  }));

test('no compiled code is kept where others could put theirs', () =>
  inFolder(async (folder) => {
    const cases = ['link', 'open', 'parent'];
    for (const each of cases) mkdirSync(join(folder, each), 0o755);
    symlinkSync(folder, join(folder, 'link', 'compiled'));
    mkdirSync(join(folder, 'open', 'compiled'), 0o755);
    chmodSync(join(folder, 'parent'), 0o777);
    for (const each of cases) expect(compileCacheFolder({ ISTIO_DELIVERY_HOME: join(folder, each) })).toBeUndefined();
  }));

test('no compiled code of another user is run', (context) => {
  asRoot(context);
  return inFolder(async (folder) => {
    mkdirSync(join(folder, 'compiled'), 0o700);
    chownSync(join(folder, 'compiled'), 65534, 65534);
    expect(compileCacheFolder({ ISTIO_DELIVERY_HOME: folder })).toBeUndefined();
  });
});

test('a process keeps its compiled code there, and nothing in the shared folder for temporary files', () =>
  inFolder(async (folder) => {
    for (const each of ['home', 'tmp']) mkdirSync(join(folder, each), 0o700);
    const module = JSON.stringify(join(root, 'src/adapters/runner/compile-cache.ts'));
    const script = `const { keepCompiledCode } = await import(${module}); keepCompiledCode(process.env); await import('commander');`;
    const env = { ISTIO_DELIVERY_HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp') };
    const run = await runProcess(['--input-type=module', '--eval', script], { env, cwd: root });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(folder, 'home', 'compiled'))).toHaveLength(1);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  }));
