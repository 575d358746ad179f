import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDiagnostics, nothingKnown } from '../../src/adapters/diagnostics/export-diagnostics.ts';
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
    const home = join(folder, 'home');
    mkdirSync(home);
    const diagnosis = { ...nothingKnown, title: ['fail: 3 requests'], texts: { 'change.txt': 'one field' } };
    const environment = { ...process.env, HOME: home };
    const { files, failures, unwell } = await exportDiagnostics({ ...options(folder), diagnosis, environment });
    expect(failures).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        ...['change.txt', 'pods.json', 'pods.txt', 'pods-described.txt', 'nodes-described.txt', 'events.txt'],
        ...['kubernetes/namespaces.txt', 'kubernetes/services.yaml', 'kubernetes/endpointslices.yaml'],
        ...['kubernetes/mutatingwebhooks.yaml', 'kubernetes/validatingwebhooks.yaml', 'istio/types.txt', 'index.txt'],
      ]),
    );
    expect(readFileSync(join(folder, 'index.txt'), 'utf8')).toMatch(
      /^fail: 3 requests\n\nWhat stands here:\n {2}change\.txt +What differs between the two bundles\.\n[\s\S]*\n {2}Pod default\/homeless /,
    );
    expect(readFileSync(join(folder, 'kubernetes/namespaces.txt'), 'utf8')).toContain('kubernetes.io/metadata.name=');
    // Both programs would keep there what they learn of an API server.
    expect(readdirSync(home)).toEqual([]);
    expect(unwell).toEqual(['Pod default/homeless is not well: Pending']);
    expect(readFileSync(join(folder, 'pods-described.txt'), 'utf8')).toMatch(/^Name: +homeless$/m);
  }));

test('a cluster that cannot be asked is noted, and nothing is thrown', () =>
  inFolder(async (folder) => {
    const { failures, files } = await exportDiagnostics({ ...options(folder), context: 'nobody' });
    expect(failures).toEqual([
      expect.stringMatching(/^the API server does not answer, and nothing more was asked of it: .*nobody/),
    ]);
    expect(readFileSync(join(folder, 'failures.txt'), 'utf8')).toContain('nobody');
    expect(files).toEqual(['failures.txt', 'index.txt']);
  }));

test('an API server that never answers is given up soon, not once for each file', () =>
  inFolder(async (folder) => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const kubeconfig = join(folder, 'kubeconfig');
    const clusters = [{ name: 'one', cluster: { server: `http://127.0.0.1:${port}` } }];
    const contexts = [{ name: 'one', context: { cluster: 'one', user: '' } }];
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters, contexts }));
    const started = Date.now();
    const { failures } = await exportDiagnostics({ ...options(folder), kubeconfig });
    expect(failures).toEqual([expect.stringContaining('no answer within 5 s')]);
    expect(Date.now() - started).toBeLessThan(15_000);
    silent.close();
  }));

test('a run that is stopped exports what it has the time for, and says that it is not all', () =>
  inFolder(async (folder) => {
    const texts = { 'failed-requests.txt': 'three' };
    const diagnosis = { ...nothingKnown, texts };
    const signal = AbortSignal.timeout(700);
    const { failures } = await exportDiagnostics({ ...options(folder), diagnosis, signal });
    expect(readFileSync(join(folder, 'failed-requests.txt'), 'utf8')).toBe('three\n');
    expect(failures.join('\n')).toContain('there was no time for all of it');
    expect(readFileSync(join(folder, 'index.txt'), 'utf8')).toContain('there was no time for all of it');
  }));

test('a folder that cannot be written is noted too', () =>
  inFolder(async (folder) => {
    const { files, failures } = await exportDiagnostics(options(join('/dev/null', folder)));
    expect(files).toEqual([]);
    expect(failures.join('\n')).toContain('failures.txt');
  }));
