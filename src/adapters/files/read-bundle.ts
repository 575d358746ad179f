import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Bundle } from '../../bundle/bundle.ts';
import { type BundleFiles, bundleFromFiles, checksumsFile } from '../../bundle/bundle-files.ts';
import { manifestFile } from '../../bundle/bundle-manifest.ts';
import { provenanceFile } from '../../bundle/provenance.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';
import { type BundleLimits, bundleLimits, bundleMeter } from './bundle-limits.ts';
import { unpackBundle } from './pack-bundle.ts';
import { readBounded } from './read-bounded.ts';
import { textOf } from './text-files.ts';

const ownFiles: readonly string[] = [manifestFile, checksumsFile, provenanceFile];
const clustersFolder = 'clusters';

/** Reads a bundle, a directory or a .tgz, and checks every byte of it against its digests. */
export async function readBundle(path: string, limits: BundleLimits = bundleLimits): Promise<Bundle> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DeliveryError(`Bundle ${path} cannot be read: there is no such file or directory; render it first`, {
      code: 'BundleUnreadable',
      kind: 'usage',
      cause,
    });
  });
  const contents = info.isDirectory() ? await readFiles(path, limits) : await unpackBundle(path, limits);
  return bundleFromFiles(textsOf(contents, info.isDirectory() ? join(path, sep) : `${path}: `), path);
}

/** What stands beside the files of the bundle may be anything, and is not read. */
async function readFiles(path: string, limits: BundleLimits): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  const meter = bundleMeter(limits);
  try {
    for (const file of await filesOf(path)) {
      meter.file();
      const bytes = await readBounded(join(path, file), { largest: limits.unpacked });
      meter.bytes(bytes.length);
      contents.set(file.split(sep).join('/'), bytes);
    }
  } catch (cause) {
    throw new DeliveryError(`Bundle ${path} cannot be read: ${messageOf(cause)}; take the bundle as it was rendered`, {
      code: 'BundleUnreadable',
      cause,
    });
  }
  return contents;
}

async function filesOf(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isFile() && ownFiles.includes(entry.name)) found.push(entry.name);
    if (!entry.isDirectory() || entry.name !== clustersFolder) continue;
    const below = await readdir(join(path, clustersFolder), { recursive: true, withFileTypes: true });
    const files = below.filter((each) => each.isFile());
    found.push(...files.map(({ parentPath, name }) => relative(path, join(parentPath, name))));
  }
  return found.sort();
}

/** The files that belong to a bundle; the provenance decides nothing. */
function textsOf(contents: ReadonlyMap<string, Buffer>, prefix: string): BundleFiles {
  const files: BundleFiles = {};
  for (const [file, bytes] of contents) {
    if (file === provenanceFile) {
      const decoded = decodeText(bytes);
      if (decoded.kind === 'text') files[file] = decoded.text;
    } else if (file === manifestFile || file === checksumsFile || file.startsWith(`${clustersFolder}/`)) {
      files[file] = textOf(bytes, `${prefix}${file}`);
    }
  }
  return files;
}
