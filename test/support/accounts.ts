import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load } from 'js-yaml';
import pMap from 'p-map';
import { type AccountName, accountCommands, defaultAccounts } from '../../src/access/access-accounts.ts';
import { type AccessBundle, type AccessFacts, accessFacts } from '../../src/access/access-facts.ts';
import { accessObjects } from '../../src/access/access-objects.ts';
import { withoutCovered } from '../../src/access/grant.ts';
import { grantsOf } from '../../src/access/grants-of.ts';
import { missingGrants } from '../../src/access/missing-grants.ts';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import { until } from './until.ts';

/** The clusters whose accounts these are. */
export interface AccountsOptions {
  /** Where the kubeconfigs of the accounts are written. */
  folder: string;
  /** Of an administrator, with a context for each cluster, named after it. */
  kubeconfig: string;
  clusters: readonly string[];
}

/** The accounts that `access` prints, in some clusters. */
export interface Accounts {
  /** Gives them what `access` says that they need for this bundle, and for those before it; false where no cluster is its. */
  allow(bundle: Bundle): Promise<boolean>;
  /** Takes tokens for both of them in a cluster where they are: their kubeconfigs have no account of it before. */
  signIn(cluster: string): Promise<void>;
  /** The kubeconfig with which everybody is that account. */
  kubeconfig(account: AccountName): string;
  cluster(account: AccountName, name: string): Cluster;
  token(account: AccountName, cluster: string): Promise<string>;
}

export function accountsOf({ folder, kubeconfig, clusters }: AccountsOptions): Accounts {
  const pathOf = (account: AccountName) => join(folder, `kubeconfig-${account}`);
  const connect = (name: string, path: string) => connectCluster({ name, kubeconfig: path, context: name });
  const known = new Map<string, Map<string, AccessBundle>>();
  let allowed: Promise<void> = Promise.resolve();

  async function allow({ manifest, clusters: parts }: Bundle): Promise<void> {
    for (const name of clusters) {
      const bundle = parts[name];
      if (!bundle) continue;
      const before = known.get(name) ?? new Map<string, AccessBundle>();
      // The one that comes decides; those before it may run.
      before.delete(manifest.digest);
      const bundles = new Map([[manifest.digest, { manifest, bundle }], ...before]);
      known.set(name, bundles);
      // Tests bring namespaces that carry a group's tag and stand in no mesh file.
      const facts = accessFacts([...bundles.values()] as [AccessBundle], { everyNamespace: true });
      await allowIn(name, facts, [...bundles.keys()]);
    }
  }

  /** What was applied last, by cluster, and which roles are wider than they shall be. */
  const applied = new Map<string, string>();
  const wide = new Map<string, ObjectId[]>();

  async function allowIn(name: string, facts: AccessFacts, digests: string[]): Promise<void> {
    const admin = connect(name, kubeconfig);
    const { items } = await admin.list({ apiVersion: 'v1', kind: 'Namespace' });
    const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const there = new Set(alive.map(({ metadata }) => metadata.name));
    const key = JSON.stringify([digests, [...there].sort()]);
    if (applied.get(name) === key) return;
    const objects = inNamespaces(
      accessObjects(facts, defaultAccounts).map(({ object }) => object),
      there,
    );
    await applyAll(admin, objects);
    const wider = objects.filter(isWider).map(objectId);
    await deleteAll(
      admin,
      (wide.get(name) ?? []).filter((id) => !wider.some((other) => isDeepStrictEqual(other, id))),
    );
    wide.set(name, wider);
    for (const account of accountNames) {
      await writeToken(account, name);
      await until(`${account} has its rights in ${name}`, async () => {
        const grants = withoutCovered(grantsOf(facts, accountCommands[account]));
        return (await missingGrants(connect(name, pathOf(account)), grants)).length === 0;
      });
    }
    applied.set(name, key);
  }

  async function tokenOf(account: AccountName, cluster: string): Promise<string> {
    const who = { namespace: defaultAccounts.namespace, name: defaultAccounts.names[account] };
    const made = await connect(cluster, kubeconfig).requestToken(who, 24 * 3600);
    if (!made) throw new Error(`there is no account ${who.name}`);
    return made.token;
  }

  async function writeToken(account: AccountName, name: string): Promise<void> {
    const token = await tokenOf(account, name);
    const path = pathOf(account);
    const config = load(await readFile(existsSync(path) ? path : kubeconfig, 'utf8')) as Kubeconfig;
    for (const entry of config.users) if (entry.name === name) entry.user = { token };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  }

  return {
    async allow(bundle) {
      const before = allowed.catch(() => undefined);
      allowed = before.then(() => allow(bundle));
      await allowed;
      return clusters.some((name) => bundle.clusters[name] !== undefined);
    },
    async signIn(cluster) {
      for (const account of accountNames) await writeToken(account, cluster);
    },
    kubeconfig: pathOf,
    cluster: (account, name) => connect(name, pathOf(account)),
    token: tokenOf,
  };
}

const accountNames = ['look', 'deliver'] as const;

/** Whether an object is one of the accounts, their namespace, their policy, or gives them a right. */
export function isOfAccounts({ kind, metadata }: KubernetesObject): boolean {
  const { namespace, names } = defaultAccounts;
  if (metadata.namespace === namespace || (kind === 'Namespace' && metadata.name === namespace)) return true;
  return Object.values(names).some((name) => metadata.name === name || metadata.name.startsWith(`${name}-`));
}

interface Kubeconfig {
  users: { name: string; user: object }[];
}

/**
 * A role cannot stand in a namespace that is to come, and tests look at how that is made: until it is there the account
 * has these rights in all namespaces.
 */
function inNamespaces(objects: KubernetesObject[], there: ReadonlySet<string>): KubernetesObject[] {
  return objects
    .filter(({ kind, metadata }) => kind !== 'Namespace' || metadata.name === defaultAccounts.namespace)
    .map((object): KubernetesObject => {
      const { namespace, name } = object.metadata;
      if (namespace === undefined || namespace === defaultAccounts.namespace || there.has(namespace)) return object;
      const { roleRef } = object as KubernetesObject & { roleRef?: object };
      const wide = `${name}-${namespace}`;
      return {
        ...object,
        kind: `Cluster${object.kind}`,
        metadata: { name: wide },
        ...(roleRef ? { roleRef: { ...roleRef, kind: 'ClusterRole', name: wide } } : {}),
      };
    });
}

/** Roles come before what binds them: nothing is bound that has no rights yet. */
async function applyAll(admin: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  const isNamespace = ({ kind }: KubernetesObject) => kind === 'Namespace';
  for (const object of objects.filter(isNamespace)) await apply(admin, object);
  await pMap(
    objects.filter((object) => !isNamespace(object)),
    (object) => apply(admin, object),
    { concurrency: 16 },
  );
}

async function apply(admin: Cluster, object: KubernetesObject): Promise<void> {
  const result = await admin.apply(object, { fieldManager: 'administrator', dryRun: false, force: true });
  if (result.kind !== 'applied') throw new Error(`${object.kind} ${object.metadata.name}: ${JSON.stringify(result)}`);
}

function isWider({ kind, metadata }: KubernetesObject): boolean {
  return kind.startsWith('ClusterRole') && !Object.values(defaultAccounts.names).includes(metadata.name);
}

async function deleteAll(admin: Cluster, ids: readonly ObjectId[]): Promise<void> {
  for (const id of ids) {
    const live = await admin.get(id);
    if (live) await admin.delete(id, live.metadata.uid ?? '');
  }
}
