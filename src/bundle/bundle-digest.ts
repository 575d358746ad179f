import { createHash } from 'node:crypto';
import type { BundleManifest, ClusterBundle, Stage, StageObjects } from './bundle.ts';
import { type ManifestContent, manifestFile, manifestText } from './bundle-manifest.ts';
import { printObjects } from './print-objects.ts';

/** Hex sha256 of each stage's file. */
export type StageDigests = Partial<Record<Stage, string>>;

/** Hex sha256 of a text or of bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function stageDigests(stages: readonly StageObjects[]): StageDigests {
  return Object.fromEntries(stages.map(({ stage, objects }) => [stage, sha256(printObjects(objects))]));
}

/** The digest of one cluster: the same for clusters that get the same objects, whatever their names. */
export function clusterDigest(digests: StageDigests): string {
  return `sha256:${sha256(lines(digests, '').join(''))}`;
}

/**
 * `checksums.txt`, which `sha256sum --check` reads: `bundle.json` and every file of every cluster, sorted.
 * The bundle's digest is that of this text, so `sha256sum checksums.txt` prints it.
 */
export function checksums(manifest: string, clusters: Readonly<Record<string, StageDigests>>): string {
  const files = Object.keys(clusters)
    .sort()
    .flatMap((cluster) => lines(clusters[cluster] ?? {}, `clusters/${cluster}/`));
  return [`${sha256(manifest)}  ${manifestFile}\n`, ...files].join('');
}

/** A manifest with the digest of its bundle: it covers everything that decides, and leaves the provenance out. */
export function sealed(content: ManifestContent, clusters: readonly ClusterBundle[]): BundleManifest {
  const digests = Object.fromEntries(clusters.map(({ cluster, stages }) => [cluster, stageDigests(stages)]));
  return { ...content, digest: `sha256:${sha256(checksums(manifestText(content), digests))}` };
}

function lines(digests: StageDigests, folder: string): string[] {
  return Object.entries(digests)
    .map(([stage, digest]) => `${digest}  ${folder}${stage}.yaml\n`)
    .sort((left, right) => (left.slice(66) < right.slice(66) ? -1 : 1));
}
