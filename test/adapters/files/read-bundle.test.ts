import { symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { bundleLimits } from '../../../src/adapters/files/bundle-limits.ts';
import { readBundle } from '../../../src/adapters/files/read-bundle.ts';
import { writeBundle } from '../../../src/adapters/files/write-bundle.ts';
import { provenanceOf } from '../../../src/bundle/provenance.ts';
import { bundleOf } from '../../support/bundles.ts';
import { inFolder } from '../../support/folders.ts';

const bundle = bundleOf({
  dev: [{ stage: 'namespaces', objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }] }],
});
const provenance = provenanceOf({ digest: 'sha256:x', at: new Date(0), source: undefined, tools: [] });

async function archiveOf(entries: Record<string, string>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(entries)) archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

const unreadable = (reason: string | RegExp) => ({
  code: 'BundleUnreadable',
  message: expect.stringMatching(reason),
});

describe('an archive is refused', () => {
  test.each([0, 5, 20, 100, 300])('when only %i bytes of it came', (length) =>
    inFolder(async (folder) => {
      const path = join(folder, 'bundle.tgz');
      await writeBundle(bundle, provenance, path);
      await truncate(path, length);
      await expect(readBundle(path)).rejects.toMatchObject(
        unreadable(/^Bundle .*bundle.tgz cannot be read: .*; take the bundle as it was rendered$/),
      );
    }),
  );

  test('when it ends in the middle of a file inside', () =>
    inFolder(async (folder) => {
      const archive = pack();
      archive.entry({ name: 'clusters/dev/base.yaml' }, 'x'.repeat(5000));
      archive.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of archive) chunks.push(chunk as Buffer);
      const path = join(folder, 'bundle.tgz');
      await writeFile(path, gzipSync(Buffer.concat(chunks).subarray(0, 2000)));
      await expect(readBundle(path)).rejects.toMatchObject(unreadable(/it is cut off/));
    }));

  test('when it is larger, or unpacks to more, than any bundle', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'bundle.tgz');
      await writeFile(path, await archiveOf({ 'clusters/dev/base.yaml': 'x'.repeat(3 * 1024 * 1024) }));
      const limits = { ...bundleLimits, unpacked: 2 * 1024 * 1024 };
      await expect(readBundle(path, limits)).rejects.toMatchObject(
        unreadable('cannot be read: its files are larger than 2 MiB in all; take the bundle as it was rendered'),
      );
      await expect(readBundle(path, { ...bundleLimits, packed: 100 })).rejects.toMatchObject(unreadable('larger than'));
    }));

  test('when it has more files than any bundle', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'bundle.tgz');
      await writeFile(path, await archiveOf({ a: '', b: '', c: '' }));
      await expect(readBundle(path, { ...bundleLimits, files: 2 })).rejects.toMatchObject(
        unreadable('it has more than 2 files'),
      );
    }));
});

describe('a folder', () => {
  test('is refused when its files are too many or too large', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'bundle');
      await writeBundle(bundle, provenance, path);
      await expect(readBundle(path, { ...bundleLimits, files: 2 })).rejects.toMatchObject(
        unreadable('it has more than 2 files'),
      );
      await expect(readBundle(path, { ...bundleLimits, unpacked: 200 })).rejects.toMatchObject(unreadable('larger'));
    }));

  test('is read without what stands beside the bundle', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'bundle');
      await writeBundle(bundle, provenance, path);
      await writeFile(join(path, 'notes.txt'), 'x'.repeat(100_000));
      await symlink('/', join(path, 'everything'));
      expect(await readBundle(path, { ...bundleLimits, unpacked: 50_000, files: 10 })).toEqual(await readBundle(path));
    }));
});
