import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Bundle } from '../../bundle/bundle.ts';
import { type BundleFiles, bundleFromFiles } from '../../bundle/bundle-files.ts';
import { DeliveryError } from '../../errors.ts';
import { unpackBundle } from './pack-bundle.ts';
import { textOf } from './text-files.ts';

/** Reads a bundle, a directory or a .tgz, and checks every byte of it against its digests. */
export async function readBundle(path: string): Promise<Bundle> {
  return bundleFromFiles(await readFiles(path), path);
}

async function readFiles(path: string): Promise<BundleFiles> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DeliveryError(`Bundle ${path} cannot be read: there is no such file or directory; render it first`, {
      code: 'BundleUnreadable',
      kind: 'usage',
      cause,
    });
  });
  if (info.isFile()) return unpackBundle(path);
  const files: BundleFiles = {};
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[file.slice(join(path, sep).length).split(sep).join('/')] = textOf(await readFile(file), file);
  }
  return files;
}
