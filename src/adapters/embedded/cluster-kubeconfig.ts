import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterLayout, clustersFolder, sharedKubeconfig } from '../../local/cluster-layout.ts';
import { readRecord, writeRecord } from './record-file.ts';

interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  'current-context': string;
  clusters: unknown[];
  users: unknown[];
  contexts: unknown[];
}

/** A kubeconfig of the cluster, credentials inside: one context, named after the cluster. JSON is YAML. */
export function writeClusterKubeconfig(layout: ClusterLayout, apiServerPort: number, path = layout.kubeconfig): void {
  const { name } = layout;
  const credential = (file: string) => readFileSync(join(layout.kwokFolder, 'pki', file)).toString('base64');
  const server = `https://127.0.0.1:${apiServerPort}`;
  writeRecord(path, {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': credential('ca.crt') } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': credential('admin.crt'), 'client-key-data': credential('admin.key') },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  } satisfies Kubeconfig);
}

/** Puts the contexts of all clusters that are there into one file; removes it with the last one. */
export function writeSharedKubeconfig(home: string): void {
  const folder = clustersFolder(home);
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .sort()
    : [];
  const all = names.flatMap((name) => readRecord<Kubeconfig>(join(folder, name, 'kubeconfig')) ?? []);
  const [first] = all;
  if (first === undefined) {
    rmSync(sharedKubeconfig(home), { force: true });
    return;
  }
  writeRecord(sharedKubeconfig(home), {
    ...first,
    clusters: all.flatMap(({ clusters }) => clusters),
    users: all.flatMap(({ users }) => users),
    contexts: all.flatMap(({ contexts }) => contexts),
  } satisfies Kubeconfig);
}
