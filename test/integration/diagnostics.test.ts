import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDiagnostics } from '../../src/adapters/diagnostics/export-diagnostics.ts';
import type { Toolchain } from '../../src/ports/toolchain.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { inFolder } from '../support/folders.ts';

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded(['one']);
  await embedded.cluster('one').create({
    apiVersion: 'v1',
    kind: 'Pod',
    // No node takes it, so it stays pending.
    metadata: { name: 'homeless', namespace: 'default' },
    spec: { nodeSelector: { nobody: 'here' }, containers: [{ name: 'web', image: 'registry.example/web:1' }] },
  });
});

afterAll(() => embedded?.stop());

const options = (folder: string) => ({
  kubeconfig: embedded.kubeconfig,
  context: 'one',
  folder,
  toolchain: {
    resolve: async (name, version = '') => ({ name, version, path: embedded.tool(name), sha256: '', source: 'PATH' }),
  } satisfies Toolchain,
  environment: process.env,
});

test('what can be seen of a cluster becomes files, and pods that are not well are named', () =>
  inFolder(async (folder) => {
    const { files, failures, unwell } = await exportDiagnostics(options(folder));
    expect(failures).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['pods.json', 'pods.txt', 'pods-described.txt', 'nodes-described.txt', 'events.txt']),
    );
    expect(unwell).toEqual(['Pod default/homeless is not well: Pending']);
    expect(readFileSync(join(folder, 'pods-described.txt'), 'utf8')).toMatch(/^Name: +homeless$/m);
  }));

test('a cluster that cannot be asked is noted, and nothing is thrown', () =>
  inFolder(async (folder) => {
    const { failures } = await exportDiagnostics({ ...options(folder), context: 'nobody' });
    expect(failures.map((line) => line.split(':')[0])).toContain('events.txt');
    expect(readFileSync(join(folder, 'failures.txt'), 'utf8')).toContain('context: nobody');
  }));

test('a folder that cannot be written is noted too', () =>
  inFolder(async (folder) => {
    const { files, failures } = await exportDiagnostics(options(join('/dev/null', folder)));
    expect(files).toEqual([]);
    expect(failures.at(-1)).toContain('failures.txt');
  }));
