import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createToolchain } from '../../../src/adapters/toolchain/create-toolchain.ts';
import { istioctlScript, kubernetesScript, sha256, tarGz, zip } from './archives.ts';
import { makeFixture, writeProgram } from './fixture.ts';
import { closedPort, startReleaseServer } from './release-server.ts';

const istioctlPath = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-amd64.tar.gz';
const istioctlUrl = `https://github.com${istioctlPath}`;
const apiserverPath = '/release/v1.34.2/bin/linux/amd64/kube-apiserver';
const apiserverUrl = `https://dl.k8s.io${apiserverPath}`;

async function istioctlArchive(version = '1.31.0'): Promise<Buffer> {
  return tarGz([{ name: 'istioctl', content: istioctlScript(version) }]);
}

describe('explicit path', () => {
  test('goes before everything else', async () => {
    const fixture = await makeFixture();
    const path = await writeProgram(join(fixture.folder, 'mine'), 'istioctl', istioctlScript('1.31.0'));
    const elsewhere = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.31.0'));
    const settings = { ...fixture.settings, explicit: { istioctl: path }, searchPath: [dirname(elsewhere)] };
    const tool = await createToolchain(settings, fixture.reporter, new AbortController().signal).resolve('istioctl');
    expect(tool).toEqual({
      name: 'istioctl',
      version: '1.31.0',
      path,
      sha256: sha256(istioctlScript('1.31.0')),
      source: 'ISTIO_DELIVERY_ISTIOCTL',
    });
  });

  test('of another version is refused', async () => {
    const fixture = await makeFixture();
    const path = await writeProgram(fixture.folder, 'istioctl', istioctlScript('1.30.0'));
    fixture.settings.explicit.istioctl = path;
    const error = await fixture.refusal('istioctl');
    expect(error.code).toBe('WrongVersion');
    expect(error.message).toContain('it says 1.30.0, expected 1.31.0');
  });

  test('that is not there is refused', async () => {
    const fixture = await makeFixture({ explicit: { istioctl: '/nowhere/istioctl' } });
    expect(await fixture.refusal('istioctl')).toMatchObject({ code: 'ExplicitToolUnusable', kind: 'usage' });
  });
});

describe('PATH', () => {
  test('gives the tool at the right version', async () => {
    const fixture = await makeFixture();
    const path = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.31.0'));
    fixture.settings.searchPath.push(dirname(path));
    expect(await fixture.resolve('istioctl')).toMatchObject({ path, source: 'PATH' });
  });

  test('is passed over at another version', async () => {
    const archive = await istioctlArchive();
    const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
    const fixture = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
    const path = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.29.0'));
    fixture.settings.searchPath.push(dirname(path));
    expect(await fixture.resolve('istioctl')).toMatchObject({
      version: '1.31.0',
      source: `${server.url}${istioctlPath}`,
    });
  });

  test('gives nothing that is not locked where only locked tools are taken', async () => {
    const fixture = await makeFixture({ locked: true });
    const path = await writeProgram(join(fixture.folder, 'bin'), 'istioctl', istioctlScript('1.31.0'));
    fixture.settings.searchPath.push(dirname(path));
    const error = await fixture.refusal('istioctl');
    expect(error).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
    expect(error.message).toContain('which is not in the lock');
  });

  test('gives the locked executable itself where only locked tools are taken', async () => {
    const script = kubernetesScript('1.34.2');
    const fixture = await makeFixture({ locked: true, hashes: { [apiserverUrl]: sha256(script) } });
    const path = await writeProgram(join(fixture.folder, 'bin'), 'kube-apiserver', script);
    fixture.settings.searchPath.push(dirname(path));
    expect(await fixture.resolve('kube-apiserver')).toMatchObject({ path, source: 'PATH' });
  });

  test('leaves to the tool cache what lies there', async () => {
    const archive = await istioctlArchive();
    const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
    const fixture = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
    const { path } = await fixture.resolve('istioctl');
    const linked = join(fixture.folder, 'bin');
    await mkdir(linked);
    await symlink(path, join(linked, 'istioctl'));
    fixture.settings.searchPath.push(linked);
    expect(await fixture.resolve('istioctl')).toMatchObject({ path, source: 'tool cache' });
  });
});

describe('release', () => {
  test('is taken by its locked hash, kept, and then found in the tool cache', async () => {
    const archive = await istioctlArchive();
    const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
    const fixture = await makeFixture({
      mirror: `${server.url}/`,
      locked: true,
      hashes: { [istioctlUrl]: sha256(archive) },
    });
    const tool = await fixture.resolve('istioctl');
    expect(tool).toMatchObject({ sha256: sha256(istioctlScript('1.31.0')), source: `${server.url}${istioctlPath}` });
    expect(await readFile(tool.path, 'utf8')).toBe(istioctlScript('1.31.0'));
    const requests = [...server.requests];
    expect(requests).toEqual([`HEAD ${istioctlPath}`, `GET ${istioctlPath}`]);
    expect(await fixture.resolve('istioctl')).toEqual({ ...tool, source: 'tool cache' });
    expect(server.requests).toEqual(requests);
  });

  test('is locked too by the lock file that the caller names, and not by the record of earlier runs', async () => {
    const archive = await istioctlArchive();
    const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
    const fixture = await makeFixture({ mirror: server.url, locked: true });
    const record = JSON.stringify({ releases: { [istioctlUrl]: sha256(archive) } });
    await mkdir(fixture.settings.home);
    await writeFile(join(fixture.settings.home, 'toolchain.lock.json'), record);
    expect(await fixture.refusal('istioctl')).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
    expect(server.requests).toEqual([]);
    const lockFile = join(fixture.folder, 'own.lock.json');
    await writeFile(lockFile, record);
    const settings = { ...fixture.settings, lockFile };
    const toolchain = createToolchain(settings, fixture.reporter, new AbortController().signal);
    expect(await toolchain.resolve('istioctl')).toMatchObject({ source: `${server.url}${istioctlPath}` });
    const again = createToolchain(settings, fixture.reporter, new AbortController().signal);
    expect(await again.resolve('istioctl')).toMatchObject({ source: 'tool cache' });
    expect(await fixture.refusal('istioctl')).toMatchObject({ code: 'ToolUnlocked' });
  });

  test('of a kept tool is refused from the cache once the lock names another hash', async () => {
    const archive = await istioctlArchive();
    const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
    const first = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
    await first.resolve('istioctl');
    const second = await makeFixture({
      mirror: server.url,
      toolCache: first.settings.toolCache,
      hashes: { [istioctlUrl]: 'b'.repeat(64) },
    });
    expect(await second.refusal('istioctl')).toMatchObject({ code: 'ChecksumMismatch' });
  });

  test('may be the executable itself', async () => {
    const script = kubernetesScript('1.34.2');
    const server = await startReleaseServer({ [apiserverPath]: { body: script } });
    const fixture = await makeFixture({ mirror: server.url, hashes: { [apiserverUrl]: sha256(script) } });
    expect(await fixture.resolve('kube-apiserver')).toMatchObject({ version: '1.34.2', sha256: sha256(script) });
  });

  test('for Windows is a zip with istioctl.exe', async () => {
    const path = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-win-amd64.zip';
    const archive = zip([{ name: 'istioctl.exe', content: istioctlScript('1.31.0') }]);
    const server = await startReleaseServer({ [path]: { body: archive } });
    const fixture = await makeFixture({
      mirror: server.url,
      platform: { os: 'windows', arch: 'amd64' },
      hashes: { [`https://github.com${path}`]: sha256(archive) },
    });
    const tool = await fixture.resolve('istioctl');
    expect(tool.path).toMatch(/istioctl\.exe$/);
    expect(tool.sha256).toBe(sha256(istioctlScript('1.31.0')));
  });
});

test('a kept executable that was changed since is not run but fetched again', async () => {
  const archive = await istioctlArchive();
  const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
  const fixture = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
  const { path } = await fixture.resolve('istioctl');
  await writeFile(path, '#!/bin/sh\nexit 66\n');
  expect(await fixture.resolve('istioctl')).toMatchObject({ path, source: `${server.url}${istioctlPath}` });
  expect(fixture.said.join('\n')).toContain('is not what was put into the tool cache');
  expect(await readFile(path, 'utf8')).toBe(istioctlScript('1.31.0'));
});

test('asks for one tool once, however often it is resolved at the same time', async () => {
  const archive = await istioctlArchive();
  const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
  const { settings, reporter } = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
  const toolchain = createToolchain(settings, reporter, new AbortController().signal);
  const tools = await Promise.all([toolchain.resolve('istioctl'), toolchain.resolve('istioctl', '1.31.0')]);
  expect(tools[0]).toEqual(tools[1]);
  expect(server.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
});

test('a tool that nobody has fails with every source and its reason', async () => {
  const fixture = await makeFixture({ mirror: await closedPort(), trustPublished: true });
  const error = await fixture.refusal('istioctl', '1.30.9');
  expect(error).toMatchObject({ code: 'ToolUnavailable', retryable: true });
  expect(error.message.split('\n')).toEqual([
    'istioctl 1.30.9 for linux-amd64 is not available:',
    '  ISTIO_DELIVERY_ISTIOCTL is not set',
    '  PATH has no istioctl',
    '  tool cache has no istioctl 1.30.9',
    `  ${fixture.settings.mirror}/istio/istio/releases/download/1.30.9/istioctl-1.30.9-linux-amd64.tar.gz cannot be reached (ECONNREFUSED)`,
    '  go build toolchain/istio makes 1.31.0 alone',
    'Any one of these helps:',
    '  - give a mirror that can be reached',
    '  - take istioctl 1.31.0, which toolchain.lock.json names',
    '  - put istioctl 1.30.9 on PATH, or name one that you have with ISTIO_DELIVERY_ISTIOCTL',
  ]);
});

test('a version that is a range is refused', async () => {
  const fixture = await makeFixture();
  expect(await fixture.refusal('kubectl', '1.34.x')).toMatchObject({ code: 'VersionNotExact', kind: 'usage' });
});

test('an aborted run ends with its reason and leaves nothing behind', async () => {
  const controller = new AbortController();
  const server = await startReleaseServer({
    [istioctlPath]: () => {
      setTimeout(() => controller.abort(new Error('stopped by hand')), 100);
      return { headers: { 'content-length': '1000000' }, body: 'slow', hangs: true };
    },
  });
  const fixture = await makeFixture({
    mirror: server.url,
    hashes: { [istioctlUrl]: 'c'.repeat(64) },
    signal: controller.signal,
  });
  expect(await fixture.refusal('istioctl')).toMatchObject({ message: 'stopped by hand' });
  expect(await fixture.leftovers()).toEqual([]);
});

test('a kept executable in a folder that others may write to is not run, whatever is written beside it', async () => {
  const archive = await istioctlArchive();
  const server = await startReleaseServer({ [istioctlPath]: { body: archive } });
  const fixture = await makeFixture({ mirror: server.url, hashes: { [istioctlUrl]: sha256(archive) } });
  const { path } = await fixture.resolve('istioctl');
  const planted = '#!/bin/sh\nexit 66\n';
  const origin = JSON.parse(await readFile(join(dirname(path), 'origin.json'), 'utf8'));
  await writeFile(path, planted);
  await writeFile(join(dirname(path), 'origin.json'), JSON.stringify({ ...origin, sha256: sha256(planted) }));
  await chmod(dirname(path), 0o777);
  expect(await fixture.resolve('istioctl')).toMatchObject({ path, source: `${server.url}${istioctlPath}` });
  expect(await readFile(path, 'utf8')).toBe(istioctlScript('1.31.0'));
  expect((await stat(dirname(path))).mode & 0o022).toBe(0);
});
