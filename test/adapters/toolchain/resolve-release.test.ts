import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { throughMirror } from '../../../src/adapters/toolchain/resolve-release.ts';
import { type ArchiveEntry, istioctlScript, kubernetesScript, sha256, tarGz, zip } from './archives.ts';
import { makeFixture } from './fixture.ts';
import { type Answer, type ReleaseServer, startReleaseServer } from './release-server.ts';

const host = 'https://github.com';
const tarPath = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-linux-amd64.tar.gz';
const zipPath = '/istio/istio/releases/download/1.31.0/istioctl-1.31.0-win-amd64.zip';
const apiserverPath = '/release/v1.34.2/bin/linux/amd64/kube-apiserver';
const linux = { os: 'linux', arch: 'amd64' };
const windows = { os: 'windows', arch: 'amd64' };
const script = istioctlScript('1.31.0');
const good = await tarGz([{ name: 'istioctl', content: script }]);

interface Refusal {
  what: string;
  code: string;
  says: string;
  answer: Answer;
  /** Hash in the lock; the one of the body unless said otherwise. */
  hash?: string;
}

const loop = { status: 302, body: '' };
const page = '<!DOCTYPE html><html><body>Please log in</body></html>';

const refusals: Refusal[] = [
  {
    what: 'a wrong checksum',
    code: 'ChecksumMismatch',
    says: `expected the locked ${'0'.repeat(64)}`,
    answer: { body: good },
    hash: '0'.repeat(64),
  },
  {
    what: 'a download that breaks off',
    code: 'DownloadTruncated',
    says: 'broke off before its end',
    answer: { body: good, cutAfter: 40 },
  },
  {
    what: 'an archive that is cut off',
    code: 'ArchiveUnreadable',
    says: 'it is damaged or cut off',
    answer: { body: good.subarray(0, good.length - 30) },
  },
  {
    what: 'an archive that is none',
    code: 'ArchiveUnreadable',
    says: 'it is damaged or cut off',
    answer: { body: 'no archive at all' },
  },
  {
    what: 'a missing file',
    code: 'DownloadNotFound',
    says: 'no such file (404)',
    answer: { status: 404, body: 'gone' },
  },
  { what: 'a web page', code: 'DownloadIsHtml', says: 'is a web page and no program', answer: { body: page } },
  { what: 'redirects without end', code: 'RedirectLoop', says: 'redirects without end (302)', answer: loop },
  {
    what: 'a server that is ill',
    code: 'DownloadFailed',
    says: 'the server answered 503',
    answer: { status: 503, body: 'later' },
  },
  {
    what: 'a file larger than any tool',
    code: 'DownloadTooLarge',
    says: 'it is larger than 512 MiB',
    answer: { headers: { 'content-length': '9000000000000000' }, body: good },
  },
];

describe('a release is refused, and nothing is left behind, for', () => {
  test.each(refusals)('$what', async ({ code, says, answer, hash }) => {
    const server = await startReleaseServer({ [tarPath]: () => (answer === loop ? redirect(server.url) : answer) });
    const fixture = await makeFixture({
      mirror: server.url,
      hashes: { [host + tarPath]: hash ?? sha256(Buffer.from(answer.body ?? '')) },
    });
    const error = await fixture.refusal('istioctl');
    expect(error.message).toContain(says);
    expect(error.code).toBe(code);
    expect(await fixture.leftovers()).toEqual([]);
  });

  function redirect(url: string): Answer {
    return { status: 302, headers: { location: `${url}${tarPath}` } };
  }
});

test.each([
  { what: 'a server that was ill', first: { status: 503 } },
  { what: 'a download that broke off', first: { body: good, cutAfter: 40 } },
])('$what is asked again', async ({ first }) => {
  const server: ReleaseServer = await startReleaseServer({
    [tarPath]: () =>
      server.requests.filter((request) => request.startsWith('GET')).length > 2 ? { body: good } : first,
  });
  const fixture = await makeFixture({ mirror: server.url, hashes: { [host + tarPath]: sha256(good) } });
  expect(await fixture.resolve('istioctl')).toMatchObject({ version: '1.31.0' });
  expect(server.requests.filter((request) => request.startsWith('GET'))).toHaveLength(3);
});

test('a download says how far it is', async () => {
  const server = await startReleaseServer({ [tarPath]: { body: good } });
  const fixture = await makeFixture({ mirror: server.url, hashes: { [host + tarPath]: sha256(good) } });
  await fixture.resolve('istioctl');
  expect(fixture.said[0]).toMatch(/^istioctl 1\.31\.0: 0\.0 of 0\.0 MB from 127\.0\.0\.1:\d+$/);
});

interface BadArchive {
  what: string;
  code: string;
  entries: ArchiveEntry[];
}

const outside = '../../../istioctl-escaped';
const program = { name: 'istioctl', content: script };
const windowsProgram = { name: 'istioctl.exe', content: script };

const badTars: BadArchive[] = [
  { what: 'a path upwards', code: 'ArchiveUnsafe', entries: [program, { name: outside, content: 'x' }] },
  {
    what: 'a hidden path upwards',
    code: 'ArchiveUnsafe',
    entries: [program, { name: `a/../${outside}`, content: 'x' }],
  },
  {
    what: 'an absolute path',
    code: 'ArchiveUnsafe',
    entries: [program, { name: '/tmp/istioctl-escaped', content: 'x' }],
  },
  { what: 'a Windows path', code: 'ArchiveUnsafe', entries: [program, { name: 'C:\\istioctl-escaped', content: 'x' }] },
  {
    what: 'a symbolic link',
    code: 'ArchiveUnsafe',
    entries: [{ name: 'bin', type: 'symlink', linkname: '/tmp' }, program],
  },
  {
    what: 'a hard link',
    code: 'ArchiveUnsafe',
    entries: [{ name: 'istioctl', type: 'link', linkname: '/etc/passwd' }],
  },
  { what: 'no istioctl', code: 'ArchiveIncomplete', entries: [{ name: 'README', content: 'x' }] },
  { what: 'another version', code: 'WrongVersion', entries: [{ name: 'istioctl', content: istioctlScript('1.30.0') }] },
  {
    what: 'something that does not run',
    code: 'WrongVersion',
    entries: [{ name: 'istioctl', content: 'not a program' }],
  },
];

const badZips: BadArchive[] = [
  { what: 'a path upwards', code: 'ArchiveUnreadable', entries: [windowsProgram, { name: outside, content: 'x' }] },
  {
    what: 'an absolute path',
    code: 'ArchiveUnreadable',
    entries: [windowsProgram, { name: '/escaped', content: 'x' }],
  },
  { what: 'a backslash', code: 'ArchiveUnreadable', entries: [windowsProgram, { name: '..\\escaped', content: 'x' }] },
  {
    what: 'a symbolic link',
    code: 'ArchiveUnsafe',
    entries: [windowsProgram, { name: 'bin', type: 'symlink', linkname: '/tmp' }],
  },
  { what: 'no istioctl', code: 'ArchiveIncomplete', entries: [{ name: 'README', content: 'x' }] },
];

const badArchives = [
  ...badTars.map((bad) => ({ ...bad, kind: 'tar.gz', path: tarPath, platform: linux, pack: tarGz })),
  ...badZips.map((bad) => ({ ...bad, kind: 'zip', path: zipPath, platform: windows, pack: zip })),
];

describe('an archive is refused, and nothing is left behind, when it holds', () => {
  test.each(badArchives)('$what ($kind)', async ({ code, entries, path, platform, pack }) => {
    const archive = await pack(entries);
    const server = await startReleaseServer({ [path]: { body: archive } });
    const fixture = await makeFixture({ mirror: server.url, platform, hashes: { [host + path]: sha256(archive) } });
    expect((await fixture.refusal('istioctl')).code).toBe(code);
    expect(await fixture.leftovers()).toEqual([]);
    expect(existsSync('/tmp/istioctl-escaped')).toBe(false);
    expect(existsSync(join(fixture.folder, 'istioctl-escaped'))).toBe(false);
  });
});

describe('a published checksum', () => {
  const unlocked: (Omit<Refusal, 'code'> & { code: string })[] = [
    { what: 'that is missing', code: 'ChecksumMissing', says: 'answered 404', answer: { status: 404 } },
    { what: 'that is a web page', code: 'ChecksumMissing', says: 'holds no sha256', answer: { body: page } },
    {
      what: 'that is longer than any list of checksums',
      code: 'AnswerTooLong',
      says: 'is longer than',
      answer: { body: 'x'.repeat(300_000) },
    },
    {
      what: 'that does not match',
      code: 'ChecksumMismatch',
      says: 'expected the published',
      answer: { body: `${'1'.repeat(64)}\n` },
    },
  ];
  test.each(unlocked)('$what refuses the release and records nothing', async ({ code, says, answer }) => {
    const server = await startReleaseServer({ [tarPath]: { body: good }, [`${tarPath}.sha256`]: answer });
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url, trustPublished: true });
    const error = await fixture.refusal('istioctl');
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(await fixture.leftovers()).toEqual([]);
    expect(existsSync(join(fixture.settings.home, 'toolchain.lock.json'))).toBe(false);
  });

  test('that does not exist (kwok) makes an unlocked release unusable', async () => {
    const server = await startReleaseServer({});
    const fixture = await makeFixture({ mirror: server.url, publisher: server.url, trustPublished: true });
    const error = await fixture.refusal('kwok', '0.7.0');
    expect(error.code).toBe('ToolUnlocked');
    expect(error.message).toContain('has no locked sha256, and none is published');
    expect(server.requests).toEqual([]);
  });
});

test.each([
  { os: 'windows', arch: 'arm64' },
  { os: 'freebsd', arch: 'amd64' },
  { os: 'linux', arch: 's390x' },
])('istioctl for $os-$arch is an unsupported platform', async (platform) => {
  const fixture = await makeFixture({ platform });
  const error = await fixture.refusal('istioctl');
  expect(error.code).toBe('UnsupportedPlatform');
  expect(error.message).toContain(`hold no istioctl for ${platform.os}-${platform.arch}`);
});

test('a mirror takes the place of scheme and host', () => {
  const url = 'https://dl.k8s.io/release/v1.34.2/bin/linux/amd64/kubectl';
  expect(throughMirror(url, 'https://mirror.example/istio/')).toBe(
    'https://mirror.example/istio/release/v1.34.2/bin/linux/amd64/kubectl',
  );
  expect(throughMirror(url, undefined)).toBe(url);
});

describe('a disk that is full', () => {
  // Two megabytes of noise after the script: larger than the disk.
  const script = kubernetesScript('1.34.2') + 'exit\n'.padEnd(2_000_000, '#');
  const cases = [
    { full: 'temporary' as const, sizeUnknown: true },
    { full: 'temporary' as const, sizeUnknown: false },
    { full: 'toolCache' as const, sizeUnknown: true },
  ];

  test.each(cases)('($full) is told as such and holds nothing afterwards', async ({ full, sizeUnknown }) => {
    const server = await startReleaseServer({ [apiserverPath]: { body: script, sizeUnknown } });
    const fixture = await makeFixture({
      mirror: server.url,
      hashes: { [`https://dl.k8s.io${apiserverPath}`]: sha256(script) },
    });
    const disk = join(fixture.folder, 'disk');
    await mkdir(disk);
    // Only root may mount; for others nothing is full here.
    const mounted = mountSmallDisk(disk);
    fixture.settings[full] = disk;
    if (!mounted) return void expect(await fixture.resolve('kube-apiserver')).toMatchObject({ version: '1.34.2' });
    const error = await fixture.refusal('kube-apiserver');
    expect(error.code).toBe('NoSpace');
    expect(error.message).toContain(`no space left in ${disk}`);
    expect(await fixture.leftovers()).toEqual([]);
  });

  function mountSmallDisk(folder: string): boolean {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return false;
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    return true;
  }
});
