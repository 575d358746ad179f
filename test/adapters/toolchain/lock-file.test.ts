import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockSchema, readLock, readRecord } from '../../../src/adapters/toolchain/lock-file.ts';
import { formatPlatform } from '../../../src/adapters/toolchain/platform.ts';
import { requiredVersion } from '../../../src/adapters/toolchain/resolve-build.ts';
import { toolDefinitions } from '../../../src/adapters/toolchain/tool-definitions.ts';
import { toolNames } from '../../../src/ports/toolchain.ts';
import { makeFixture, readCommittedLock } from './fixture.ts';

const packageFolder = join(import.meta.dirname, '../../..');
const lock = await readCommittedLock();

describe('the committed lock', () => {
  test('is a lock', () => {
    expect(lockSchema.parse(lock)).toEqual(lock);
  });

  test.each(toolNames)('pins %s as its go.mod and go.sum do', async (name) => {
    const { folder, module } = toolDefinitions[name].build;
    const read = (file: string) => readFile(join(packageFolder, 'toolchain', folder, file), 'utf8');
    const version = requiredVersion(await read('go.mod'), module);
    expect(lock.tools[name].module).toBe(`${module}@${version}`);
    expect(await read('go.sum')).toContain(`${module} ${version} h1:`);
    // Istio's releases are pseudo-versions for Go; every other tool's version is its module's.
    if (folder !== 'istio') expect(version).toBe(`v${lock.tools[name].version}`);
  });

  test.each(toolNames)('names the releases of %s as they are looked for', (name) => {
    const { version, releases } = lock.tools[name];
    for (const os of ['linux', 'darwin', 'windows']) {
      for (const arch of ['amd64', 'arm64']) {
        const platform = { os, arch };
        const url = toolDefinitions[name].release?.(version, platform)?.url;
        expect(releases[formatPlatform(platform)]?.url).toBe(url);
      }
    }
  });
});

describe('a lock that is none is refused', () => {
  test.each([
    { what: 'no JSON', text: '{' },
    { what: 'something else', text: '{"tools":{}}' },
    { what: 'a hash that is none', text: JSON.stringify(lock).replace('"url"', '"sha256":"ABC","url"') },
  ])('$what', async ({ text }) => {
    const { settings } = await makeFixture();
    await writeFile(join(settings.root, 'toolchain.lock.json'), text);
    await expect(readLock(settings.root)).rejects.toMatchObject({ code: 'LockUnreadable' });
  });
});

test('a record that is not there yet is empty, one that is broken is refused', async () => {
  const { folder } = await makeFixture();
  const path = join(folder, 'toolchain.lock.json');
  expect(await readRecord(path)).toEqual({ releases: {} });
  await writeFile(path, '{"releases": {"https://x.example/y": "nothing"}}');
  await expect(readRecord(path)).rejects.toMatchObject({ code: 'LockUnreadable' });
  await expect(readRecord(folder)).rejects.toMatchObject({ code: 'LockUnreadable', kind: 'usage' });
});

test.each([
  { what: 'a hash that nobody stands for', change: { publisher: 'none', witness: 'none' } },
  {
    what: 'a witness without its commit',
    change: { witness: { repository: 'kubernetes/kops', path: 'x', commit: 'main' } },
  },
  { what: 'a hash without its day', change: { since: undefined } },
])('$what is no lock', ({ change }) => {
  const { url } = Object.values(lock.tools.helm.releases)[0] ?? {};
  const good = { url, sha256: 'a'.repeat(64), publisher: `${url}.sha256sum`, witness: 'none', since: '2026-11-29' };
  const withRelease = (release: object) => ({
    ...lock,
    tools: { ...lock.tools, helm: { ...lock.tools.helm, releases: { 'linux-amd64': release } } },
  });
  expect(lockSchema.safeParse(withRelease(good)).success).toBe(true);
  expect(lockSchema.safeParse(withRelease({ ...good, ...change })).success).toBe(false);
});
