import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { parseYaml } from '../../mesh/yaml.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { readTextFile } from './text-files.ts';

/** The objects in manifests, and in all manifests of folders; `what` is for errors. */
export async function readManifests(paths: readonly string[], what: string): Promise<KubernetesObject[]> {
  const files = (await Promise.all(paths.map(manifestsAt))).flat();
  const read = await Promise.all(
    files.map(async (file) => parseYaml(await readTextFile(file, what), file).map((object) => checked(object, file))),
  );
  return read.flat().flatMap((object) => object ?? []);
}

async function manifestsAt(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  // What is not there is named by whoever reads it.
  if (!info?.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** Documents without anything in them are left out. */
function checked(object: unknown, file: string): KubernetesObject | undefined {
  if (object === null || object === undefined) return undefined;
  if (isMapping(object) && typeof object.apiVersion === 'string' && typeof object.kind === 'string') {
    if (isMapping(object.metadata) && typeof object.metadata.name === 'string') return object as KubernetesObject;
  }
  throw new DeliveryError(
    `${file}: expected Kubernetes objects with apiVersion, kind and metadata.name, got something else; correct the manifest`,
    { code: 'ManifestInvalid', kind: 'usage' },
  );
}
