import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadMesh } from '../../../src/adapters/files/load-mesh.ts';
import { packBundle } from '../../../src/adapters/files/pack-bundle.ts';
import { readBundle } from '../../../src/adapters/files/read-bundle.ts';
import { readConfig } from '../../../src/adapters/files/read-config.ts';
import { readManifests } from '../../../src/adapters/files/read-manifests.ts';
import { readTextFile } from '../../../src/adapters/files/text-files.ts';
import { bundleToFiles } from '../../../src/bundle/bundle-files.ts';
import { bundleOf } from '../../support/bundles.ts';
import { inFolder } from '../../support/folders.ts';
import { mesh } from '../../support/meshes.ts';

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: shop}\n';
const latin1 = Buffer.from('a: 1\nb: \xfc\n', 'latin1');

test('manifests are read from files and folders, whatever is below them', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'a.yaml'), service);
    await writeFile(
      join(folder, 'deep', 'b.json'),
      '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}',
    );
    await writeFile(join(folder, 'notes.txt'), 'no manifest');
    const objects = await readManifests([folder], 'workloads');
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['shop', 'b']);
  }));

test('everything that is wrong with manifests is said at once, each at its line', () =>
  inFolder(async (folder) => {
    const [a, b, c] = ['a.yaml', 'b.yaml', 'c.yaml'].map((name) => join(folder, name));
    await writeFile(a as string, service);
    await writeFile(b as string, `${service}status: {}\n---\nkind: List\n`);
    await writeFile(c as string, latin1);
    await expect(readManifests([folder], 'workloads')).rejects.toMatchObject({
      code: 'ManifestInvalid',
      kind: 'usage',
      message: [
        'The manifests given as workloads have 4 errors',
        `${b}:1: Service shop/shop: expected each object once, got it at ${a}:1 already; remove one of them`,
        `${b}:4: Service shop/shop status: expected a manifest, got an object that was exported from a cluster; remove status`,
        `${b}:6: List (document 2) kind: expected one object, got "List"; write each of its items as a document of its own, with --- between them`,
        `${c}:2: expected UTF-8, got the byte 0xfc; save the file as UTF-8`,
      ].join('\n'),
    });
  }));

test('configuration that is not UTF-8, and a kustomization without an ending, are read as what they are', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'config'));
    await writeFile(join(folder, 'config', 'a.yaml'), latin1);
    await writeFile(join(folder, 'config', 'Kustomization'), 'resources: []');
    const files = await readConfig(mesh('config: [{ owner: root, path: config }]'), join(folder, 'mesh.yaml'));
    expect(files.map(({ file, unreadable }) => [file, unreadable?.line])).toEqual([
      ['config/Kustomization', undefined],
      ['config/a.yaml', 2],
    ]);
  }));

test('a mesh file, an input and a file of a bundle are refused with the line that is not UTF-8', () =>
  inFolder(async (folder) => {
    const bundle = join(folder, 'bundle');
    await mkdir(bundle);
    await writeFile(join(bundle, 'bundle.json'), latin1);
    const archive = join(folder, 'bundle.tgz');
    await writeFile(archive, await packBundle({ 'bundle.json': latin1 as unknown as string }));
    const file = join(folder, 'file.yaml');
    await writeFile(file, latin1);
    const message = 'expected UTF-8, got the byte 0xfc; save the file as UTF-8';
    const refused = (place: string) => ({ code: 'FileNotUtf8', kind: 'usage', message: `${place}:2: ${message}` });
    await expect(loadMesh(file)).rejects.toMatchObject(refused(file));
    await expect(readTextFile(file, 'plan')).rejects.toMatchObject(refused(file));
    await expect(readBundle(bundle)).rejects.toMatchObject(refused(join(bundle, 'bundle.json')));
    await expect(readBundle(archive)).rejects.toMatchObject(refused(`${archive}: bundle.json`));
  }));

test('what stands beside a bundle, and a provenance that cannot be read, do not keep it from being read', () =>
  inFolder(async (folder) => {
    const bundle = bundleOf({ dev: [] });
    for (const [name, text] of Object.entries(bundleToFiles(bundle))) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'provenance.json'), latin1);
    await writeFile(join(folder, '.DS_Store'), latin1);
    expect(await readBundle(folder)).toEqual(bundle);
  }));

test.each<[string, { files: number; unpacked: number }, string, string]>([
  ['many files', { files: 2, unpacked: 1024 }, 'it has more than 2 files', 'there are more than 2 files'],
  [
    'much',
    { files: 9, unpacked: 100 },
    `its files are larger than ${100 / 1024 / 1024} MiB in all`,
    `the files are larger than ${100 / 1024 / 1024} MiB in all`,
  ],
])('a folder that holds too %s is refused by name before anything is made of it', (_what, limits, config, manifests) =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'config'));
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(folder, 'config', `${name}.yaml`), service.replaceAll('shop', name));
    }
    const paths = mesh('config: [{ owner: root, path: config }]');
    await expect(readConfig(paths, join(folder, 'mesh.yaml'), limits)).rejects.toMatchObject({
      code: 'ConfigTooLarge',
      kind: 'usage',
      message: `Config directory config cannot be read: ${config} (counted with the directories before it); see whether config[].path of the mesh file is too far up, or split the mesh`,
    });
    await expect(readManifests([join(folder, 'config')], 'workloads', limits)).rejects.toMatchObject({
      code: 'ManifestsTooLarge',
      kind: 'usage',
      message: `The manifests given as workloads cannot be read: ${manifests} (${join(folder, 'config')}); name folders that hold nothing else`,
    });
  }),
);
