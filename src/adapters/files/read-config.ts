import { readdir } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import type { ConfigFile } from '../../bundle/config-objects.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import { bundleMeter, manifestLimits } from './bundle-limits.ts';
import { isManifest, manifestFile } from './read-manifests.ts';
import { readBytes } from './text-files.ts';

/** Reads every manifest of the mesh's config directories, below them too, in one order everywhere. */
export async function readConfig(
  mesh: Mesh,
  meshFile: string,
  limits: typeof manifestLimits = manifestLimits,
): Promise<ConfigFile[]> {
  const files: ConfigFile[] = [];
  const meter = bundleMeter(limits);
  for (const directory of mesh.config) {
    const root = join(dirname(meshFile), directory.path);
    for (const name of await manifestsIn(root, directory.path)) {
      const bytes = await readBytes(join(root, name), 'config file');
      withinLimits(directory.path, () => {
        meter.file();
        meter.bytes(bytes.length);
      });
      files.push({ directory, ...manifestFile(posix.join(directory.path, name), bytes) });
    }
  }
  return files;
}

function withinLimits(path: string, count: () => void): void {
  try {
    count();
  } catch (cause) {
    throw new DeliveryError(
      `Config directory ${path} cannot be read: ${messageOf(cause)} (counted with the directories before it); see whether config[].path of the mesh file is too far up, or split the mesh`,
      { code: 'ConfigTooLarge', kind: 'usage', cause },
    );
  }
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
