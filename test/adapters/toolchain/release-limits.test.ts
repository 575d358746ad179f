import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { downloadFile } from '../../../src/adapters/toolchain/download-file.ts';
import { extractExecutable } from '../../../src/adapters/toolchain/extract-executable.ts';
import { inFolder } from '../../support/folders.ts';
import { type ArchiveEntry, tarGz, zip } from './archives.ts';
import { collectReports } from './fixture.ts';
import { startReleaseServer } from './release-server.ts';

const mebi = 1024 * 1024;
const limits = { download: mebi, unpacked: mebi, entries: 20 };
const program: ArchiveEntry = { name: 'istioctl', content: '#!/bin/sh\n' };
const many = Array.from({ length: 30 }, (_, index) => ({ name: `docs/${index}`, content: 'x' }));
const large: ArchiveEntry = { name: 'large', content: '\0'.repeat(2 * mebi) };

const kinds = { 'tar.gz': tarGz, zip: async (entries: readonly ArchiveEntry[]) => zip(entries) };

async function extract(archive: 'tar.gz' | 'zip', bytes: Buffer): Promise<{ error: unknown }> {
  let error: unknown;
  await inFolder(async (folder) => {
    const file = join(folder, `istioctl.${archive}`);
    const to = join(folder, 'unpacked');
    writeFileSync(file, bytes);
    error = await extractExecutable({ file, archive, entry: 'istioctl', to, limits }).catch((thrown) => thrown);
    if (error !== undefined) expect(existsSync(to)).toBe(false);
    else expect(statSync(to).size).toBe(10);
  });
  return { error };
}

describe.each(['tar.gz', 'zip'] as const)('an archive (%s)', (archive) => {
  const pack = kinds[archive];

  test('within its limits gives its program', async () => {
    expect((await extract(archive, await pack([program, ...many.slice(0, 10)]))).error).toBeUndefined();
  });

  test('with thousands of entries is refused', async () => {
    expect((await extract(archive, await pack([program, ...many]))).error).toMatchObject({
      code: 'ArchiveTooLarge',
      kind: 'refused',
      message: expect.stringContaining('it has more than 20 entries; take the release from its own host.'),
    });
  });

  test('whose program is larger than the limit is refused, and nothing is written', async () => {
    const entries = [{ ...large, name: 'istioctl' }];
    expect((await extract(archive, await pack(entries))).error).toMatchObject({
      code: 'ArchiveTooLarge',
      message: expect.stringContaining('it unpacks to more than 1 MiB'),
    });
  });

  test('that is cut off is refused, wherever it ends', async () => {
    const whole = await pack([program, ...many.slice(0, 5)]);
    for (let end = 0; end < whole.length; end += Math.ceil(whole.length / 40)) {
      expect((await extract(archive, whole.subarray(0, end))).error, `${end} bytes`).toMatchObject({
        code: expect.stringMatching(/^Archive(Unreadable|Incomplete)$/),
      });
    }
  });

  test('with the program twice is refused', async () => {
    const { error } = await extract(archive, await pack([program, program]));
    expect(error).toMatchObject({ code: 'ArchiveUnsafe', message: expect.stringContaining('istioctl is there twice') });
  });
});

test('a tarball that is small and unpacks to more than the limit is refused, wherever the bytes are', async () => {
  for (const entries of [
    [program, large],
    [large, program],
  ]) {
    const bytes = await tarGz(entries);
    expect(bytes.length).toBeLessThan(10_000);
    expect((await extract('tar.gz', bytes)).error).toMatchObject({ code: 'ArchiveTooLarge', kind: 'refused' });
  }
});

test('a tarball that is whole for gzip and cut off inside is refused, wherever it ends', async () => {
  const tar = gunzipSync(await tarGz([program, ...many.slice(0, 5)]));
  for (const end of [700, 1_024, 1_500, 2_100]) {
    const { error } = await extract('tar.gz', gzipSync(tar.subarray(0, end)));
    if (error !== undefined) expect(error, `${end} bytes`).toMatchObject({ code: 'ArchiveUnreadable' });
  }
  expect((await extract('tar.gz', gzipSync(tar.subarray(0, 700)))).error).toMatchObject({ code: 'ArchiveUnreadable' });
});

describe('a download above the limit ends', () => {
  test.each([
    ['before its first byte where the server says how large it is', false],
    ['once there is more of it where the server does not', true],
  ])('%s, and leaves nothing', (_case, sizeUnknown) =>
    inFolder(async (folder) => {
      const body = Buffer.alloc(3 * mebi, 1);
      const server = await startReleaseServer({ '/kubectl': { body, sizeUnknown } });
      const path = join(folder, 'kubectl');
      const download = downloadFile(`${server.url}/kubectl`, path, {
        title: 'kubectl 1.34.2',
        size: sizeUnknown ? undefined : body.length,
        retryDelay: 0,
        limit: mebi,
        reporter: collectReports([]),
        signal: new AbortController().signal,
      });
      await expect(download).rejects.toMatchObject({
        code: 'DownloadTooLarge',
        kind: 'refused',
        message: `Download of ${server.url}/kubectl was stopped: it is larger than 1 MiB; check the mirror.`,
      });
      expect(existsSync(path)).toBe(false);
      expect(server.requests).toEqual(sizeUnknown ? ['GET /kubectl'] : []);
    }),
  );
});
