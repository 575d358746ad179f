import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { clustersFolder, sharedKubeconfig } from '../../local/cluster-layout.ts';
import { kindFolder } from '../../local/kind-layout.ts';
import type { ShapeOf } from '../../mesh/read-document.ts';
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

const ownKubeconfigSchema: z.ZodType<Kubeconfig> = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Config'),
  'current-context': z.string(),
  clusters: z.array(z.looseObject({ name: z.string(), cluster: z.unknown() })),
  users: z.array(z.looseObject({ name: z.string(), user: z.unknown() })),
  contexts: z.array(
    z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }),
  ),
} satisfies ShapeOf<Kubeconfig>);

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
  const all = paths.flatMap((path) => readRecord(path, ownKubeconfigSchema) ?? []);
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
