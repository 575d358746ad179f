import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clustersFolder, sharedKubeconfig } from '../../local/cluster-layout.ts';
import { kindFolder } from '../../local/kind-layout.ts';
import { readRecord, writeRecord } from '../embedded/record-file.ts';

/** A kubeconfig as JSON, which is YAML too. */
export interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  'current-context': string;
  clusters: { name: string; cluster: unknown }[];
  users: { name: string; user: unknown }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
}

/** Writes a kubeconfig that has one cluster, with `name` for its context, cluster and user. */
export function writeKubeconfigAs(name: string, kubeconfig: unknown, path: string): void {
  const { clusters, users } = kubeconfig as Kubeconfig;
  writeRecord(path, {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: clusters.map(({ cluster }) => ({ name, cluster })),
    users: users.map(({ user }) => ({ name, user })),
    contexts: [{ name, context: { cluster: name, user: name } }],
  } satisfies Kubeconfig);
}

/** Puts the contexts of these files into one file, the first of them current; removes it when there are none. */
export function joinKubeconfigs(paths: readonly string[], into: string): void {
  const all = paths.flatMap((path) => readRecord<Kubeconfig>(path) ?? []);
  const [first] = all;
  if (first === undefined) {
    rmSync(into, { force: true });
    return;
  }
  writeRecord(into, {
    ...first,
    clusters: all.flatMap(({ clusters }) => clusters),
    users: all.flatMap(({ users }) => users),
    contexts: all.flatMap(({ contexts }) => contexts),
  } satisfies Kubeconfig);
}

/** Puts the contexts of all clusters that are there, embedded ones and those of kind, into one file. */
export function writeSharedKubeconfig(home: string): void {
  const paths = [clustersFolder(home), kindFolder(home)].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => !name.startsWith('.'))
          .sort()
          .map((name) => join(folder, name, 'kubeconfig'))
      : [],
  );
  joinKubeconfigs(paths, sharedKubeconfig(home));
}
