import { z } from 'zod';
import { checkDocument } from '../mesh/read-document.ts';
import { parseYaml } from '../mesh/yaml.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type Bundle, type ClusterBundle, type Stage, type StageObjects, stages } from './bundle.ts';
import { checksums, clusterDigest, sealed, sha256, stageFile } from './bundle-digest.ts';
import { broken, manifestFile, manifestText, parseManifest } from './bundle-manifest.ts';
import { objectSchema } from './object-schema.ts';
import { printObjects } from './print-objects.ts';
import { provenanceFile, readSources } from './provenance.ts';
import { refuseSecrets } from './refuse-secrets.ts';

/** The files of a bundle: text by path, with forward slashes. */
export type BundleFiles = Record<string, string>;

export const checksumsFile = 'checksums.txt';

/** The files that a bundle is written as. */
export function bundleToFiles({ manifest, clusters }: Bundle): BundleFiles {
  const files = Object.values(clusters).flatMap(({ cluster, stages }) =>
    stages.map(({ stage, objects }) => [stageFile(cluster, stage), printObjects(objects)] as const),
  );
  return {
    [manifestFile]: manifestText(manifest),
    [checksumsFile]: checksums(manifest),
    ...Object.fromEntries(files),
  };
}

/** Reads a bundle from its files and checks every byte of it; `where` names the bundle in errors. */
export function bundleFromFiles(files: BundleFiles, where: string): Bundle {
  const text = files[manifestFile];
  if (text === undefined) throw broken(`${where} is no bundle: it has no ${manifestFile}`);
  const expected = readChecksums(files[checksumsFile], where);
  for (const path of new Set([...expected.keys(), ...Object.keys(files).filter(isCovered)])) {
    checkFile(path, { files, expected, where });
  }
  const manifest = sealed(parseManifest(text, `${where}: ${manifestFile}`));
  if (files[checksumsFile] !== checksums(manifest)) {
    throw broken(`${where}: ${checksumsFile} and ${manifestFile} do not name the same files with the same digests`);
  }
  const clusters = Object.entries(manifest.clusters).map(([cluster, digests]): [string, ClusterBundle] => {
    const held = stages.filter((stage) => digests[stage] !== undefined);
    const clusterStages = held.map((stage) => ({ stage, objects: readStage(files, stageFile(cluster, stage), where) }));
    checkUnique(cluster, clusterStages, where);
    refuseSecrets(clusterStages, where);
    return [cluster, { cluster, digest: clusterDigest(digests), stages: clusterStages }];
  });
  const sources = readSources(files[provenanceFile], manifest.digest);
  return { manifest, clusters: Object.fromEntries(clusters), ...(sources === undefined ? {} : { sources }) };
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

function readStage(files: BundleFiles, path: string, where: string): KubernetesObject[] {
  const objects = parseYaml(files[path] ?? '', path);
  const read = checkDocument(objects, objectsSchema);
  if (read.kind !== 'read') throw broken(`${where}: ${path} is not as render writes it: ${read.reason}`);
  // As they stand there: the schema would put the keys that it knows first.
  return objects as KubernetesObject[];
}

const objectsSchema = z.array(objectSchema);
