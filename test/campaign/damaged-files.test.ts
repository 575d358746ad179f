import { describe, expect, test } from 'vitest';
import { type Stage, stages } from '../../src/bundle/bundle.ts';
import { sha256 } from '../../src/bundle/bundle-digest.ts';
import { type BundleFiles, bundleFromFiles, bundleToFiles } from '../../src/bundle/bundle-files.ts';
import { bundleOf } from '../support/bundles.ts';
import { campaign } from '../support/campaign.ts';
import { meshFile } from '../support/mesh-files.ts';
import { readDamaged } from '../support/read-back.ts';
import { readBackFiles } from '../support/read-back-files.ts';
import { loggedSafely } from '../support/runner-commands.ts';

const { seed } = campaign;

describe(`a file that was damaged is read as what it says, or refused by name (seed ${seed})`, () => {
  test.each(readBackFiles.map((file) => [file.name, file] as const))('%s', (_name, file) =>
    readDamaged(file, { runs: campaign.runs(20_000), seed }),
  );

  test('a mesh file', () => readDamaged(meshFile, { runs: campaign.runs(160_000), seed }));
});

test(`no text becomes a command of a runner (seed ${seed})`, () => {
  loggedSafely(campaign.runs(3_000_000), seed);
});

/** Every place of every file, one after the other. */
describe('a bundle of which one file was changed at one place', () => {
  const objectsOf = (cluster: string, stage: Stage) =>
    Array.from({ length: 12 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${stage}-${index}`, namespace: cluster, labels: { app: stage } },
      data: { text: sha256(`${cluster} ${stage} ${index}`) },
    }));
  const clusters = ['dev', 'staging', 'east', 'west'].map((cluster) => [
    cluster,
    stages.map((stage) => ({ stage, objects: objectsOf(cluster, stage) })),
  ]);
  const files = bundleToFiles(bundleOf(Object.fromEntries(clusters)));
  const covered = Object.keys(files).filter((path) => path !== 'checksums.txt');

  test.each(covered)('is refused by the name of the file: %s', (path) => {
    const text = files[path] ?? '';
    const refused = (changed: BundleFiles) =>
      expect(() => bundleFromFiles(changed, 'bundle')).toThrow(`bundle: ${path} `);
    for (let at = 0; at < text.length; at += 1) {
      const other = String.fromCharCode(text.charCodeAt(at) ^ 1);
      refused({ ...files, [path]: text.slice(0, at) + other + text.slice(at + 1) });
    }
    refused({ ...files, [path]: `${text}\n` });
    refused({ ...files, [path]: text.slice(0, -1) });
    const without = Object.fromEntries(Object.entries(files).filter(([each]) => each !== path));
    expect(() => bundleFromFiles(without, 'bundle')).toThrow(path);
    // What stands beside the folder of the clusters is nobody's business.
    const more = { ...files, [`${path.replace('bundle.json', 'clusters/dev/more')}.yaml`]: text };
    expect(() => bundleFromFiles(more, 'bundle')).toThrow('does not belong to the bundle');
  });
});
