import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createToolchain } from '../../../src/adapters/toolchain/create-toolchain.ts';
import type { ToolchainSettings } from '../../../src/adapters/toolchain/toolchain-settings.ts';
import { istioctlScript, sha256, tarGz } from './archives.ts';
import { type Fixture, type FixtureOptions, makeFixture } from './fixture.ts';
import { type ReleaseServer, startReleaseServer } from './release-server.ts';

const path = '/istio/istio/releases/download/1.30.2/istioctl-1.30.2-linux-amd64.tar.gz';
const url = `https://github.com${path}`;
const archive = await tarGz([{ name: 'istioctl', content: istioctlScript('1.30.2') }]);
const planted = await tarGz([{ name: 'istioctl', content: `${istioctlScript('1.30.2')}# planted\n` }]);

/** A host that serves an archive and its checksum, as a publisher does and as a mirror may. */
function host(served: Buffer): Promise<ReleaseServer> {
  return startReleaseServer({ [path]: { body: served }, [`${path}.sha256`]: { body: `${sha256(served)}\n` } });
}

function resolveAgain({ settings, reporter }: Fixture, changes: Partial<ToolchainSettings>) {
  const toolchain = createToolchain({ ...settings, ...changes }, reporter, new AbortController().signal);
  return toolchain.resolve('istioctl', '1.30.2');
}

const recordOf = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as unknown;

describe('a release that nothing locks', () => {
  test('is not taken, from no host at all, and the error has every way that helps and the line to add', async () => {
    const server = await host(archive);
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url });
    const error = await fixture.refusal('istioctl', '1.30.2');
    expect(error).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
    expect(error.message.split('\n')).toEqual([
      'istioctl 1.30.2 for linux-amd64 is not available:',
      '  ISTIO_DELIVERY_ISTIOCTL is not set',
      '  PATH has no istioctl',
      '  tool cache has no istioctl 1.30.2',
      `  ${server.url}${path} has no locked sha256`,
      '  go build toolchain/istio makes 1.31.0 alone',
      'Any one of these helps:',
      `  - add the sha256 that you have checked to "releases" of a lock file of yours, named by lock-file (ISTIO_DELIVERY_LOCK): "${url}": "<sha256>"`,
      '  - give lock-file: what is published is recorded there on first use',
      '  - give trust-published: true (ISTIO_DELIVERY_TRUST_PUBLISHED=true): what is published is enough',
      '  - take istioctl 1.31.0, which toolchain.lock.json names',
      '  - put istioctl 1.30.2 on PATH, or name one that you have with ISTIO_DELIVERY_ISTIOCTL',
    ]);
    expect(server.requests).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
  });

  test('of the pinned version asks for Go, which would build it', async () => {
    const fixture = await makeFixture();
    expect((await fixture.refusal('istioctl')).message).toContain('  - put Go on PATH: it builds toolchain/istio\n');
  });

  test('is taken on first use with a lock file, which is printed and written there', async () => {
    const server = await host(archive);
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url });
    const lockFile = join(fixture.folder, 'own.lock.json');
    expect(await resolveAgain(fixture, { lockFile })).toMatchObject({ version: '1.30.2' });
    expect(await recordOf(lockFile)).toEqual({ releases: { [url]: sha256(archive) } });
    expect(fixture.said).toContain(
      `${url}: first use, sha256 ${sha256(archive)} as published; recorded in ${lockFile}`,
    );
    expect(existsSync(join(fixture.settings.home, 'toolchain.lock.json'))).toBe(false);
  });

  test('is taken with trust-published, and recorded in the home folder', async () => {
    const server = await host(archive);
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url, trustPublished: true });
    expect(await fixture.resolve('istioctl', 'v1.30.2')).toMatchObject({ version: '1.30.2' });
    expect(await recordOf(join(fixture.settings.home, 'toolchain.lock.json'))).toEqual({
      releases: { [url]: sha256(archive) },
    });
  });

  test.each<{ what: string; options: (lockFile: string) => Partial<ToolchainSettings> }>([
    { what: 'with trust-published', options: () => ({ trustPublished: true }) },
    { what: 'with a lock file', options: (lockFile) => ({ lockFile }) },
  ])('is refused $what once it is another than on first use, whatever is published now', async ({ options }) => {
    const [first, second] = [await host(archive), await host(planted)];
    const fixture = await makeFixture({ mirror: first.url, publisher: first.url });
    const changes = options(join(fixture.folder, 'own.lock.json'));
    await resolveAgain(fixture, changes);
    const elsewhere = { mirror: second.url, publisher: second.url, toolCache: join(fixture.folder, 'empty') };
    await expect(resolveAgain(fixture, { ...changes, ...elsewhere })).rejects.toMatchObject({
      code: 'ChecksumMismatch',
    });
  });

  test('is not recorded with locked: the error names the lock file and its line alone', async () => {
    const server = await host(archive);
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url, locked: true });
    fixture.settings.lockFile = join(fixture.folder, 'own.lock.json');
    const error = await fixture.refusal('istioctl', '1.30.2');
    expect(error).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
    expect(error.message.split('\n').slice(-3)).toEqual([
      `  - add the sha256 that you have checked to "releases" of ${fixture.settings.lockFile}: "${url}": "<sha256>"`,
      '  - take istioctl 1.31.0, which toolchain.lock.json names',
      '  - name one that you have with ISTIO_DELIVERY_ISTIOCTL',
    ]);
    expect(existsSync(fixture.settings.lockFile)).toBe(false);
    expect(server.requests).toEqual([]);
  });
});

describe("a mirror's own checksum", () => {
  const mirrored = async (options: FixtureOptions = {}) => {
    const mirror = await host(planted);
    return { mirror, fixture: await makeFixture({ mirror: mirror.url, ...options }) };
  };

  test('is not asked for where the publisher can be: what the mirror planted is refused', async () => {
    const publisher = await host(archive);
    const { mirror, fixture } = await mirrored({ publisher: publisher.url, trustPublished: true });
    const error = await fixture.refusal('istioctl', '1.30.2');
    expect(error).toMatchObject({ code: 'ChecksumMismatch', kind: 'refused' });
    expect(error.message).toContain(`expected the published (${publisher.url}${path}.sha256) ${sha256(archive)}`);
    expect(mirror.requests).not.toContain(`GET ${path}.sha256`);
    expect(existsSync(join(fixture.settings.home, 'toolchain.lock.json'))).toBe(false);
  });

  test('is no first use for a lock file where the publisher cannot be reached', async () => {
    const { mirror, fixture } = await mirrored();
    fixture.settings.lockFile = join(fixture.folder, 'own.lock.json');
    const error = await fixture.refusal('istioctl', '1.30.2');
    expect(error).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
    expect(error.message).toContain(
      `has no locked sha256, and its publisher's 127.0.0.1:1 cannot be reached (ECONNREFUSED)`,
    );
    expect(error.message).toContain('give trust-published: true');
    expect(mirror.requests.filter((request) => request.startsWith('GET'))).toEqual([]);
    expect(existsSync(fixture.settings.lockFile)).toBe(false);
  });

  test('is taken with trust-published where the mirror is all there is, with a warning', async () => {
    const { mirror, fixture } = await mirrored({ trustPublished: true });
    expect(await fixture.resolve('istioctl', '1.30.2')).toMatchObject({ source: `${mirror.url}${path}` });
    expect(fixture.said).toContain(
      `${url}: 127.0.0.1:1 cannot be reached (ECONNREFUSED); its checksum is the mirror's own word (trust-published).`,
    );
  });

  test('does not count for what a lock names: the archive of the mirror must be the locked one', async () => {
    const { mirror, fixture } = await mirrored();
    fixture.settings.lockFile = join(fixture.folder, 'own.lock.json');
    await writeFile(fixture.settings.lockFile, JSON.stringify({ releases: { [url]: sha256(archive) } }));
    expect(await fixture.refusal('istioctl', '1.30.2')).toMatchObject({ code: 'ChecksumMismatch' });
    expect(mirror.requests).not.toContain(`GET ${path}.sha256`);
  });
});

test('a kept program that was taken on trust is not run by a caller who does not trust', async () => {
  const server = await host(archive);
  const fixture = await makeFixture({ mirror: server.url, publisher: server.url });
  await resolveAgain(fixture, { trustPublished: true });
  const error = await fixture.refusal('istioctl', '1.30.2');
  expect(error).toMatchObject({ code: 'ToolUnlocked', kind: 'refused' });
  expect(error.message).toMatch(/tool cache has \S+istioctl, which nothing locks/);
  expect(await resolveAgain(fixture, { trustPublished: true })).toMatchObject({ source: 'tool cache' });
});
