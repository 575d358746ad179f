import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packBundle } from '../../../src/adapters/files/pack-bundle.ts';
import { readBundle } from '../../../src/adapters/files/read-bundle.ts';
import { writeBundle } from '../../../src/adapters/files/write-bundle.ts';
import { provenanceOf } from '../../../src/bundle/provenance.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { bundleOf } from '../../support/bundles.ts';
import { inFolder, onSmallDisk } from '../../support/folders.ts';

function bundle(...names: string[]) {
  const objects = names.map((name): KubernetesObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  return bundleOf({ dev: [{ stage: 'namespaces', objects }] });
}

const provenance = provenanceOf({ digest: 'sha256:x', at: new Date(0), source: undefined, tools: [] });

describe.each(['bundle', 'deep/bundle', 'bundle.tgz', 'deep/bundle.tgz'])('a bundle at %s', (name) => {
  test('is read as it was written, and written again over itself', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, name);
      await writeBundle(bundle('a', 'b'), provenance, path);
      expect(await readBundle(path)).toEqual(bundle('a', 'b'));
      await writeBundle(bundle('c'), provenance, path);
      expect(await readBundle(path)).toEqual(bundle('c'));
      expect(await readdir(join(path, '..'))).toHaveLength(1);
    });
  });
});

describe.runIf(process.platform === 'linux').each(['bundle', 'bundle.tgz'])('a disk that is full under %s', (name) => {
  test('leaves the bundle that is there, and nothing else', (context) =>
    inFolder((folder) =>
      onSmallDisk(context, folder, async () => {
        const path = join(folder, name);
        await writeBundle(bundle('a'), provenance, path);
        const random = Array.from({ length: 4_000 }, (_, index) =>
          createHash('sha256').update(`${index}`).digest('hex'),
        );
        await expect(writeBundle(bundle(...random), provenance, path)).rejects.toMatchObject({
          code: 'FileUnwritable',
          message: expect.stringMatching(
            /bundle(\.tgz)? cannot be written: ENOSPC.*; make room on the disk, or choose another path/,
          ),
        });
        expect(await readBundle(path)).toEqual(bundle('a'));
        expect(await readdir(folder)).toEqual([name]);
      }),
    ));
});

test('a directory that is no bundle is not overwritten', async () => {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'thesis.txt'), 'two years');
    await expect(writeBundle(bundle('a'), provenance, folder)).rejects.toMatchObject({ code: 'NotABundle' });
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });
});

test('a file that is no archive is not overwritten by a directory', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'bundle');
    await writeFile(path, 'x');
    await expect(writeBundle(bundle('a'), provenance, path)).rejects.toThrow('it is no directory');
    expect(await readFile(path, 'utf8')).toBe('x');
  });
});

test('a write that fails leaves the bundle that is there, and nothing else', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'bundle');
    await writeBundle(bundle('a'), provenance, path);
    const broken = bundle('b');
    // A cluster whose name cannot be a folder makes the write fail half way.
    const cluster = { cluster: 'x\0y', digest: '', stages: broken.clusters.dev?.stages ?? [] };
    await expect(
      writeBundle({ ...broken, clusters: { ...broken.clusters, cluster } }, provenance, path),
    ).rejects.toThrow();
    expect(await readBundle(path)).toEqual(bundle('a'));
    expect(await readdir(folder)).toEqual(['bundle']);
  });
});

test('an empty directory takes a bundle', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'bundle');
    await mkdir(path);
    await writeBundle(bundle('a'), provenance, path);
    expect(await readBundle(path)).toEqual(bundle('a'));
  });
});

test('an archive of the same files has the same bytes', async () => {
  const first = await packBundle({ a: '1', 'clusters/b': '2' });
  expect(await packBundle({ 'clusters/b': '2', a: '1' })).toEqual(first);
});

describe('reading refuses', () => {
  test('a changed byte on disk, by the name of its file', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'bundle');
      await writeBundle(bundle('a'), provenance, path);
      await writeFile(join(path, 'clusters/dev/namespaces.yaml'), 'x');
      await expect(readBundle(path)).rejects.toThrow('clusters/dev/namespaces.yaml was changed');
    });
  });

  test('an archive that was cut off', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'bundle.tgz');
      await writeBundle(bundle('a'), provenance, path);
      await writeFile(path, (await readFile(path)).subarray(0, 100));
      await expect(readBundle(path)).rejects.toMatchObject({ code: 'BundleUnreadable' });
    });
  });

  test('a path that is not there', async () => {
    await expect(readBundle('no/such/bundle')).rejects.toThrow('there is no such file or directory; render it first');
  });
});

test('a bundle has the mode that the umask gives, in a folder that anybody may write to too', async () => {
  await inFolder(async (folder) => {
    await chmod(folder, 0o777);
    const path = join(folder, 'bundle');
    // Names that could be guessed, and led elsewhere.
    await symlink(folder, `${path}.new-${process.pid}`);
    await symlink(folder, `${path}.old-${process.pid}`);
    await writeBundle(bundle('a'), provenance, path);
    await writeBundle(bundle('b'), provenance, path);
    expect(await readBundle(path)).toEqual(bundle('b'));
    expect((await stat(path)).mode & 0o777).toBe(0o777 & ~process.umask());
    expect((await readdir(folder)).sort()).toEqual([
      'bundle',
      `bundle.new-${process.pid}`,
      `bundle.old-${process.pid}`,
    ]);
  });
});
