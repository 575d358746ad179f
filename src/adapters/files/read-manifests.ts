import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManifestFile, type PlacedObject, placeOf, readObjects } from '../../bundle/manifests/read-objects.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';
import { cutLines, formatProblems } from '../../mesh/problem.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { bundleMeter, manifestLimits } from './bundle-limits.ts';
import { readBytes } from './text-files.ts';

/** Files that hold manifests. */
export const isManifest = (name: string): boolean => /\.(ya?ml|json)$|(^|\/)Kustomization$/.test(name);

/** The objects of `readPlacedManifests`, where nobody asks for their places. */
export async function readManifests(
  paths: readonly string[],
  what: string,
  limits: typeof manifestLimits = manifestLimits,
): Promise<KubernetesObject[]> {
  return (await readPlacedManifests(paths, what, limits)).map(({ object }) => object);
}

/**
 * The objects in manifests, and in all manifests of folders; `what` is for errors. Everything that is not right with
 * them is in the one error that is thrown (`ManifestInvalid`).
 */
export async function readPlacedManifests(
  paths: readonly string[],
  what: string,
  limits: typeof manifestLimits = manifestLimits,
): Promise<PlacedObject[]> {
  const { objects, problems } = readObjects(await boundedFiles(paths, what, limits));
  if (problems.length === 0) return objects.map((located) => ({ object: located.object, place: placeOf(located) }));
  const lines = formatProblems(problems);
  const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
  throw new DeliveryError([`The manifests given as ${what} have ${count}`, ...cutLines(lines)].join('\n'), {
    code: 'ManifestInvalid',
    kind: 'usage',
  });
}

async function boundedFiles(
  paths: readonly string[],
  what: string,
  limits: typeof manifestLimits,
): Promise<ManifestFile[]> {
  const meter = bundleMeter(limits);
  const files: ManifestFile[] = [];
  for (const file of (await Promise.all(paths.map(manifestsAt))).flat()) {
    const bytes = await readBytes(file, what);
    try {
      meter.file();
      meter.bytes(bytes.length);
    } catch (cause) {
      throw new DeliveryError(
        `The manifests given as ${what} cannot be read: ${messageOf(cause)
          .replace(/^it has/, 'there are')
          .replace(/^its/, 'the')} (${paths.join(', ')}); name folders that hold nothing else`,
        { code: 'ManifestsTooLarge', kind: 'usage', cause },
      );
    }
    files.push(manifestFile(file, bytes));
  }
  return files;
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
