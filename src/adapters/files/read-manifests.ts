import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManifestFile, readObjects } from '../../bundle/manifests/read-objects.ts';
import { DeliveryError } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';
import { cutLines, formatProblems } from '../../mesh/problem.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { readBytes } from './text-files.ts';

/** Files that hold manifests. */
export const isManifest = (name: string): boolean => /\.(ya?ml|json)$|(^|\/)Kustomization$/.test(name);

/**
 * The objects in manifests, and in all manifests of folders; `what` is for errors. Everything that is not right with
 * them is in the one error that is thrown (`ManifestInvalid`).
 */
export async function readManifests(paths: readonly string[], what: string): Promise<KubernetesObject[]> {
  const files = (await Promise.all(paths.map(manifestsAt))).flat();
  const { objects, problems } = readObjects(
    await Promise.all(files.map(async (file) => manifestFile(file, await readBytes(file, what)))),
  );
  if (problems.length === 0) return objects.map(({ object }) => object);
  const lines = formatProblems(problems);
  const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
  throw new DeliveryError([`The manifests given as ${what} have ${count}`, ...cutLines(lines)].join('\n'), {
    code: 'ManifestInvalid',
    kind: 'usage',
  });
}

/** A file as it is read from its bytes; `file` is how the user knows it. */
export function manifestFile(file: string, bytes: Uint8Array): ManifestFile {
  const decoded = decodeText(bytes);
  return decoded.kind === 'text' ? { file, text: decoded.text } : { file, text: '', unreadable: decoded.problem };
}

async function manifestsAt(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  // What is not there is named by whoever reads it.
  if (!info?.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter(isManifest)
    .sort()
    .map((name) => join(path, name));
}
