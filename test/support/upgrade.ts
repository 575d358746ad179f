import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock.ts';
import type { WatchTraffic } from '../../src/apply/watch-traffic.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { environmentOf, planEnvironment } from '../../src/plan/plan-environment.ts';
import type { StepId } from '../../src/plan/upgrade-steps.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import type { ClusterUpgrade, UpgradeCommand } from '../../src/upgrade/cluster-upgrade.ts';
import { upgradeEnvironment } from '../../src/upgrade/upgrade-environment.ts';
import { renderMesh, writeMesh } from './acme.ts';
import { silent } from './delivery.ts';
import type { Embedded } from './embedded.ts';
import { proxySources } from './proxy-sources.ts';

/** The two revisions that tests move between: one build of Istio under two names. */
export const revisions = { old: '1-31-0', new: '1-31-0-b' };

const filterPath = 'config/root/ingress-server-header.yaml';

/** The example's EnvoyFilter for every revision: the two bundles of an upgrade have one configuration. */
const unboundFilter = readFileSync(join(import.meta.dirname, '../../examples/acme', filterPath), 'utf8').replace(
  / {2}labels:\n {4}istio\.io\/rev: .*\n/,
  '',
);

/** Namespaces of the groups of a mesh, in order. */
export type Groups = Record<string, string[]>;

export const smallMesh: Groups = { canary: ['payments'], main: ['shop', 'catalog'] };

export interface MeshOptions {
  groups?: Groups;
  environments?: string;
  /** More of the mesh file. */
  more?: string;
  /** More of each group: `batch: 4`. */
  group?: (name: string) => string;
  /** Files of the mesh at a revision by path; null takes one away. */
  files?: (revision: string) => Record<string, string | null>;
}

/** Renders the mesh of acme with these groups in both revisions. */
export async function renderBoth(embedded: Embedded, options: MeshOptions = {}): Promise<{ old: Bundle; new: Bundle }> {
  return {
    old: await renderRevision(embedded, revisions.old, options),
    new: await renderRevision(embedded, revisions.new, options),
  };
}

/** Renders the mesh of acme with these groups in one revision. */
export async function renderRevision(embedded: Embedded, revision: string, options: MeshOptions = {}): Promise<Bundle> {
  return renderMesh(await writeRevision(embedded, revision, options), embedded);
}

/** Writes that mesh, and returns the path of its mesh file. */
export async function writeRevision(embedded: Embedded, revision: string, options: MeshOptions = {}): Promise<string> {
  const { groups = smallMesh, more = '', group = () => '', files = () => ({}) } = options;
  const environments = options.environments ?? '  dev:\n    clusters: [{ name: dev, context: dev }]\n';
  const lines = Object.entries(groups).map(([name, namespaces]) => {
    const fields = [`name: ${name}`, `namespaces: { names: [${namespaces.join(', ')}] }`, `tag: prod-${name}`];
    return `  - { ${[...fields, group(name)].filter((field) => field !== '').join(', ')} }`;
  });
  const edit = (text: string) =>
    text
      .replace(/^groups:[\s\S]*?(?=^config:)/m, `groups:\n${lines.join('\n')}\n${more}\n`)
      .replace('version: 1.31.0', `version: 1.31.0\n  revision: ${revision}`);
  return writeMesh(join(embedded.home, `acme-${revision}`), {
    environments,
    edit,
    files: { [filterPath]: unboundFilter, ...files(revision) },
  });
}

/** A Deployment that the team of a namespace runs. */
export function teamDeployment(
  namespace: string,
  name: string,
  overrides: Record<string, unknown> = {},
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: `docker.io/acme/${name}:1` }] },
      },
      ...overrides,
    },
  };
}

/** Applies what is the teams' own, as their pipeline does. */
export async function applyAsTeam(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  return Promise.all(
    objects.map(async (object) => {
      const result = await cluster.apply(object, { fieldManager: 'teams', dryRun: false, force: false });
      if (result.kind !== 'applied') throw new Error(`${object.metadata.name}: ${JSON.stringify(result)}`);
      return result.object;
    }),
  );
}

export interface RunOptions {
  until?: StepId;
  plan?: Plan;
  timeout?: number;
  reporter?: Reporter;
  signal?: AbortSignal;
  holder?: string;
  acknowledged?: string[];
  /** Stands for the cluster's own, to watch or disturb it. */
  connect?: (cluster: Cluster) => Cluster;
  watchTraffic?: WatchTraffic;
}

/**
 * Runs commands of an upgrade of the environment dev through the rooms, without a process in between, as the accounts that
 * are for that.
 */
export function upgradeTo(embedded: Embedded, bundle: Bundle) {
  const environment = environmentOf(bundle, 'dev');
  return {
    async plan(): Promise<Plan> {
      await embedded.accounts.allow(bundle);
      const connect = ({ name }: { name: string }) => embedded.accounts.cluster('look', name);
      return planEnvironment({ bundle, environment, connect, forceConflicts: false });
    },

    async all(command: UpgradeCommand, options: RunOptions = {}): Promise<ClusterUpgrade[]> {
      const { connect = (cluster) => cluster } = options;
      const signal = options.signal ?? new AbortController().signal;
      await embedded.accounts.allow(bundle);
      const kubeconfig = embedded.accounts.kubeconfig('deliver');
      return upgradeEnvironment({
        command,
        bundle,
        environment,
        ...(command === 'start' ? { plan: options.plan ?? (await this.plan()) } : {}),
        waves: environment.waves,
        connect: ({ name }) => connect(embedded.accounts.cluster('deliver', name)),
        proxiesOf: ({ context }) => proxySources(embedded, { context, kubeconfig, signal }).proxies,
        ...(options.watchTraffic ? { watchTraffic: options.watchTraffic } : {}),
        holder: options.holder ?? 'test',
        ...(options.until ? { until: options.until } : {}),
        acknowledged: options.acknowledged ?? [],
        timeout: options.timeout ?? 60_000,
        clock: systemClock,
        reporter: options.reporter ?? silent,
        signal,
      });
    },

    /** Of an environment of one cluster. */
    async run(command: UpgradeCommand, options: RunOptions = {}): Promise<ClusterUpgrade> {
      const [outcome] = await this.all(command, options);
      if (!outcome) throw new Error('the environment has no cluster');
      return outcome;
    },
  };
}
