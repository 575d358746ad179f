import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Bundle } from '../../bundle/bundle.ts';
import { type BundleFiles, bundleFromFiles, checksumsFile } from '../../bundle/bundle-files.ts';
import { manifestFile } from '../../bundle/bundle-manifest.ts';
import { provenanceFile } from '../../bundle/provenance.ts';
import { DeliveryError } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';
import { unpackBundle } from './pack-bundle.ts';
import { textOf } from './text-files.ts';

/** Reads a bundle, a directory or a .tgz, and checks every byte of it against its digests. */
export async function readBundle(path: string): Promise<Bundle> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DeliveryError(`Bundle ${path} cannot be read: there is no such file or directory; render it first`, {
      code: 'BundleUnreadable',
      kind: 'usage',
      cause,
    });
  });
  const contents = info.isDirectory() ? await readFiles(path) : await unpackBundle(path);
  return bundleFromFiles(textsOf(contents, info.isDirectory() ? join(path, sep) : `${path}: `), path);
}

async function readFiles(path: string): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    contents.set(file.slice(join(path, sep).length).split(sep).join('/'), await readFile(file));
  }
  return contents;
}

/** The files that belong to a bundle. What stands beside them may be anything; the provenance decides nothing. */
function textsOf(contents: ReadonlyMap<string, Buffer>, prefix: string): BundleFiles {
  const files: BundleFiles = {};
  for (const [file, bytes] of contents) {
    if (file === provenanceFile) {
      const decoded = decodeText(bytes);
      if (decoded.kind === 'text') files[file] = decoded.text;
    } else if (file === manifestFile || file === checksumsFile || file.startsWith('clusters/')) {
      files[file] = textOf(bytes, `${prefix}${file}`);
    }
  }
  return files;
}
