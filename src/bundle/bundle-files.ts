import { parseYaml } from '../mesh/yaml.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type Bundle, type ClusterBundle, type Stage, type StageObjects, stages } from './bundle.ts';
import { checksums, clusterDigest, type StageDigests, sha256 } from './bundle-digest.ts';
import { broken, manifestFile, manifestText, parseManifest } from './bundle-manifest.ts';
import { printObjects } from './print-objects.ts';
import { provenanceFile, readSources } from './provenance.ts';

/** The files of a bundle: text by path, with forward slashes. */
export type BundleFiles = Record<string, string>;

export const checksumsFile = 'checksums.txt';

/** The files that a bundle is written as. */
export function bundleToFiles({ manifest, clusters }: Bundle): BundleFiles {
  const files: BundleFiles = { [manifestFile]: manifestText(manifest) };
  const digests: Record<string, StageDigests> = {};
  for (const { cluster, stages: clusterStages } of Object.values(clusters)) {
    const clusterDigests: StageDigests = {};
    for (const { stage, objects } of clusterStages) {
      const text = printObjects(objects);
      files[stageFile(cluster, stage)] = text;
      clusterDigests[stage] = sha256(text);
    }
    digests[cluster] = clusterDigests;
  }
  return { ...files, [checksumsFile]: checksums(manifestText(manifest), digests) };
}

/** Reads a bundle from its files and checks every byte of it; `where` names the bundle in errors. */
export function bundleFromFiles(files: BundleFiles, where: string): Bundle {
  const text = files[manifestFile];
  if (text === undefined) throw broken(`${where} is no bundle: it has no ${manifestFile}`);
  const expected = readChecksums(files[checksumsFile], where);
  for (const path of new Set([...expected.keys(), ...Object.keys(files).filter(isCovered)])) {
    checkFile(path, { files, expected, where });
  }
  const content = parseManifest(text, `${where}: ${manifestFile}`);
  const digests: Record<string, StageDigests> = {};
  const clusters: Record<string, ClusterBundle> = {};
  for (const cluster of Object.keys(content.clusters)) {
    const held = stages.filter((stage) => expected.has(stageFile(cluster, stage)));
    const clusterDigests = Object.fromEntries(held.map((stage) => [stage, expected.get(stageFile(cluster, stage))]));
    digests[cluster] = clusterDigests as StageDigests;
    clusters[cluster] = {
      cluster,
      digest: clusterDigest(digests[cluster]),
      stages: held.map((stage) => ({ stage, objects: readStage(files, stageFile(cluster, stage)) })),
    };
    checkUnique(cluster, clusters[cluster].stages, where);
    checkDigest(clusters[cluster].digest, content.clusters[cluster]?.digest, `${where}: cluster ${cluster}`);
  }
  const canonical = checksums(text, digests);
  if (files[checksumsFile] !== canonical) {
    throw broken(`${where}: ${checksumsFile} is not as render writes it, or names what ${manifestFile} does not`);
  }
  const digest = `sha256:${sha256(canonical)}`;
  const sources = readSources(files[provenanceFile], digest);
  return { manifest: { ...content, digest }, clusters, ...(sources === undefined ? {} : { sources }) };
}

function isCovered(path: string): boolean {
  return path === manifestFile || path.startsWith('clusters/');
}

/** Two documents of one id in a cluster would be applied one over the other, for ever. */
function checkUnique(cluster: string, clusterStages: readonly StageObjects[], where: string): void {
  const places = new Map<string, Stage>();
  for (const { stage, objects } of clusterStages) {
    for (const object of objects) {
      const id = objectId(object);
      const place = places.get(objectKey(id));
      if (place !== undefined) {
        const again =
          place === stage
            ? `twice in ${stageFile(cluster, stage)}`
            : `in ${stageFile(cluster, place)} and in ${stageFile(cluster, stage)}`;
        throw broken(`${where}: ${formatObjectId(id)} stands ${again}`);
      }
      places.set(objectKey(id), stage);
    }
  }
}

function stageFile(cluster: string, stage: Stage): string {
  return `clusters/${cluster}/${stage}.yaml`;
}

function readChecksums(text: string | undefined, where: string): Map<string, string> {
  if (text === undefined) throw broken(`${where} is not whole: it has no ${checksumsFile}`);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
}

interface FileCheck {
  files: BundleFiles;
  expected: ReadonlyMap<string, string>;
  where: string;
}

function checkFile(path: string, { files, expected, where }: FileCheck): void {
  const text = files[path];
  if (text === undefined) throw broken(`${where}: ${path} is missing`);
  const digest = expected.get(path);
  if (digest === undefined) throw broken(`${where}: ${path} does not belong to the bundle`);
  if (sha256(text) !== digest) throw broken(`${where}: ${path} was changed after the bundle was rendered`);
}

function checkDigest(actual: string, expected: string | undefined, what: string): void {
  if (actual === expected) return;
  throw broken(`${what} has the digest ${actual}, but ${manifestFile} says ${expected ?? 'nothing'}`);
}

function readStage(files: BundleFiles, path: string): KubernetesObject[] {
  return parseYaml(files[path] ?? '', path) as KubernetesObject[];
}
