import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kubeconfigFiles, loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig-files.ts';
import { inFolder } from '../../support/folders.ts';

const kubeconfig = (name: string, server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });

test('says which files are read: the given one, those in KUBECONFIG, the own one, or none', () =>
  inFolder(async (folder) => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    await writeFile(one, '');
    await writeFile(two, '');
    const KUBECONFIG = `${one}:${join(folder, 'missing')}:${two}`;
    const home = { HOME: folder };
    expect(kubeconfigFiles('given', { KUBECONFIG })).toEqual({ files: ['given'], title: 'kubeconfig given' });
    expect(kubeconfigFiles(undefined, { KUBECONFIG })).toEqual({
      files: [one, two],
      title: `kubeconfig ${one} and ${two} (KUBECONFIG)`,
    });
    expect(kubeconfigFiles(undefined, { KUBECONFIG: '/nowhere' }).files).toEqual(['/nowhere']);
    const none = kubeconfigFiles(undefined, { ...home, KUBECONFIG: '' });
    expect(none).toEqual({
      files: [],
      title: `kubeconfig ${join(folder, '.kube', 'config')} (there is none; KUBECONFIG is not set)`,
    });
  }));

test('takes of two entries with one name that of the first file, as kubectl does', () =>
  inFolder(async (folder) => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => join(folder, name)) as [string, string, string];
    await writeFile(one, kubeconfig('dev', 'https://one'));
    await writeFile(two, kubeconfig('dev', 'https://two'));
    await writeFile(three, kubeconfig('prod', 'https://three'));
    const { config } = loadKubeconfig(undefined, { KUBECONFIG: [one, two, three].join(':') });
    expect(config.getContexts().map(({ name }) => name)).toEqual(['dev', 'prod']);
    expect(config.getCluster('dev')?.server).toBe('https://one');
    expect(config.getCurrentContext()).toBe('dev');
  }));

test('knows no context where nothing says where a cluster is', () =>
  inFolder(async (folder) => {
    const { config } = loadKubeconfig(undefined, { HOME: folder });
    expect(config.getContexts()).toEqual([]);
  }));

test('refuses what can be read only once, or has no end', () => {
  for (const path of ['/dev/zero', '/dev/null']) {
    expect(() => loadKubeconfig(path)).toThrow(`kubeconfig ${path} cannot be read: it is no regular file`);
  }
});
