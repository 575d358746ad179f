import { createHash } from 'node:crypto';
import type { BundleManifest, Stage, StageDigests, StageObjects } from './bundle.ts';
import { type ManifestContent, manifestFile, manifestText } from './bundle-manifest.ts';
import { printObjects } from './print-objects.ts';

/** Hex sha256 of a text or of bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function stageDigests(stages: readonly StageObjects[]): StageDigests {
  return Object.fromEntries(stages.map(({ stage, objects }) => [stage, sha256(printObjects(objects))]));
}

/** The digest of one cluster: the same for clusters that get the same objects, whatever their names. */
export function clusterDigest(digests: StageDigests): string {
  return `sha256:${sha256(lines(digests, (stage) => `${stage}.yaml`).join(''))}`;
}

/** The file of one stage of a cluster. */
export function stageFile(cluster: string, stage: Stage): string {
  return `clusters/${cluster}/${stage}.yaml`;
}

/**
 * `checksums.txt`, which `sha256sum --check` reads: `bundle.json` and every file of every cluster, sorted.
 * The bundle's digest is that of this text, so `sha256sum checksums.txt` prints it.
 */
export function checksums(content: ManifestContent): string {
  const files = Object.keys(content.clusters)
    .sort()
    .flatMap((cluster) => lines(content.clusters[cluster] ?? {}, (stage) => stageFile(cluster, stage)));
  return [`${sha256(manifestText(content))}  ${manifestFile}\n`, ...files].join('');
}

/** The digest of a bundle: it covers everything that decides, and leaves the provenance out. */
export function bundleDigest(content: ManifestContent): string {
  return `sha256:${sha256(checksums(content))}`;
}

export function sealed(content: ManifestContent): BundleManifest {
  return { ...content, digest: bundleDigest(content) };
}

function lines(digests: StageDigests, fileOf: (stage: Stage) => string): string[] {
  return (Object.entries(digests) as [Stage, string][])
    .map(([stage, digest]) => `${digest}  ${fileOf(stage)}\n`)
    .sort((left, right) => (left.slice(66) < right.slice(66) ? -1 : 1));
}
