import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bundle } from '../../bundle/bundle.ts';
import { type BundleFiles, bundleToFiles } from '../../bundle/bundle-files.ts';
import { manifestFile } from '../../bundle/bundle-manifest.ts';
import { type Provenance, provenanceFile } from '../../bundle/provenance.ts';
import { DeliveryError } from '../../errors.ts';
import { makeFolder } from './make-folder.ts';
import { packBundle } from './pack-bundle.ts';
import { unwritable } from './text-files.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Writes a bundle as a directory, or as an archive where the path ends in .tgz. It replaces a bundle that is there,
 * whole or not at all, and refuses a directory that is none.
 */
export async function writeBundle(bundle: Bundle, provenance: Provenance, path: string): Promise<void> {
  const files = { ...bundleToFiles(bundle), [provenanceFile]: `${JSON.stringify(provenance, undefined, 2)}\n` };
  const fresh = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    await makeFolder(dirname(path));
    if (path.endsWith('.tgz')) {
      await writeWhole(path, await packBundle(files));
    } else {
      await refuseOthers(path);
      // Fails where it is there already: a folder, or a link, of somebody else.
      await mkdir(fresh);
      await writeFiles(files, fresh);
      await exchange(fresh, path);
    }
  } catch (error) {
    throw error instanceof DeliveryError ? error : unwritable(path, error);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function writeFiles(files: BundleFiles, directory: string): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const target = join(directory, file);
    await makeFolder(dirname(target));
    await writeFile(target, text, { flag: 'wx' });
  }
}

/** A directory cannot be renamed over one that has files, so the old one steps aside for a moment. */
async function exchange(fresh: string, path: string): Promise<void> {
  const old = `${path}.old-${randomBytes(6).toString('hex')}`;
  const stepsAside = await rename(path, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(fresh, path);
  } catch (thrown) {
    if (stepsAside) await rename(old, path);
    throw thrown;
  }
  await rm(old, { recursive: true, force: true });
}

async function refuseOthers(path: string): Promise<void> {
  const refuse = (reason: string): never => {
    throw new DeliveryError(`Bundle cannot be written to ${path}: ${reason}; name another directory, or empty it`, {
      code: 'NotABundle',
      kind: 'usage',
    });
  };
  const names = await readdir(path).catch((thrown: NodeJS.ErrnoException) =>
    thrown.code === 'ENOENT' ? [] : refuse('it is no directory'),
  );
  if (names.length === 0) return;
  const manifest = await readFile(join(path, manifestFile), 'utf8').catch(() => '');
  if (!manifest.includes('"istio-delivery/v1"')) refuse('it has files and is no bundle');
}
