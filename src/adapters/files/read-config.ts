import { readdir } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import type { ConfigFile } from '../../bundle/config-objects.ts';
import { DeliveryError } from '../../errors.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import { isManifest, manifestFile } from './read-manifests.ts';
import { readBytes } from './text-files.ts';

/** Reads every manifest of the mesh's config directories, below them too, in one order everywhere. */
export async function readConfig(mesh: Mesh, meshFile: string): Promise<ConfigFile[]> {
  const files: ConfigFile[] = [];
  for (const directory of mesh.config) {
    const root = join(dirname(meshFile), directory.path);
    for (const name of await manifestsIn(root, directory.path)) {
      const read = manifestFile(posix.join(directory.path, name), await readBytes(join(root, name), 'config file'));
      files.push({ directory, ...read });
    }
  }
  return files;
}

async function manifestsIn(root: string, path: string): Promise<string[]> {
  try {
    const names = await readdir(root, { recursive: true });
    return names
      .map((name) => name.split(sep).join('/'))
      .filter(isManifest)
      .sort();
  } catch (cause) {
    throw new DeliveryError(
      `Config directory ${path} cannot be read: ${cause instanceof Error ? cause.message : cause}; correct config[].path of the mesh file`,
      { code: 'ConfigUnreadable', kind: 'usage', cause },
    );
  }
}
