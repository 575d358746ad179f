import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryStub, oldestNode } from '../../scripts/entry-stub.ts';
import { inFolder } from '../support/folders.ts';
import { runProcess } from '../support/run-process.ts';
import { root } from '../support/workflow-files.ts';

const asOf = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;

function run(folder: string, version: string) {
  return runProcess(['--import', asOf(version), join(folder, 'cli.js')]);
}

test('an older Node is told which one it takes, and is asked for nothing that it does not have', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'cli.js'), entryStub('runCommand', '[]'));
    await writeFile(join(folder, 'compile-cache.js'), 'export const keepCompiledCode = () => {};');
    await writeFile(join(folder, 'index.js'), 'export const runCommand = async () => 7;');
    const old = await run(folder, '20.18.1');
    expect(old.stderr).toContain(`istio-delivery needs Node ${oldestNode} or newer`);
    expect(old.code).toBe(2);
    expect(await run(folder, '24.0.0')).toMatchObject({ code: 7, stderr: '' });
    expect(await run(folder, '100.0.0')).toMatchObject({ code: 7, stderr: '' });
  }));

test('the oldest Node is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${oldestNode}`);
});
