import type { BundleManifest } from '../bundle/bundle.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import type { ClusterUpgrade, UpgradeCommand } from '../upgrade/cluster-upgrade.ts';
import type { Origin } from './record.ts';

/** One end of an upgrade. */
export interface UpgradeEnd {
  /** Digest of the bundle. */
  bundle: string;
  istio: { version: string; revision: string };
}

/** The document that a run of an upgrade leaves behind. That of a finished one is evidence for the next environment. */
export interface UpgradeRecord {
  apiVersion: 'istio-delivery/v1';
  kind: 'Upgrade';
  mesh: string;
  environment: string;
  command: UpgradeCommand;
  /** Absent where no cluster has told what it ran before. */
  from?: UpgradeEnd;
  to: UpgradeEnd;
  /** Digest of the plan that was given, or under which the upgrade began; absent where there is none. */
  plan?: string;
  origin: Origin;
  /** ISO 8601. */
  started: string;
  finished: string;
  /** Of a start. */
  verdict?: Verdict;
  clusters: ClusterUpgrade[];
  /**
   * `upgraded`: everything but the retirement is done in all clusters. `stopped`: as far as was asked for, or clusters
   * of the environment are still to come. `interrupted`: the run was told to stop before that.
   */
  result: 'upgraded' | 'finished' | 'rolled back' | 'stopped' | 'paused' | 'failed' | 'refused' | 'interrupted';
}

export interface UpgradeFacts {
  command: UpgradeCommand;
  manifest: BundleManifest;
  environment: string;
  plan?: Plan;
  origin: Origin;
  started: Date;
  finished: Date;
  verdict?: Verdict;
  /** Empty when the gate refused. */
  clusters: ClusterUpgrade[];
  /** Number of clusters in earlier waves that are known to have come as far. */
  before?: number;
}

export function upgradeRecordOf(facts: UpgradeFacts): UpgradeRecord {
  const { command, manifest, environment, plan, origin, started, finished, verdict, clusters } = facts;
  const journal = clusters.map((cluster) => cluster.journal).find((found) => found !== undefined);
  const planned = plan?.environment === environment && plan.bundle === manifest.digest ? plan.clusters : [];
  const from = journal?.old ?? planned.find(({ upgrade }) => upgrade)?.runs;
  const digest = plan?.digest ?? journal?.plan;
  return {
    apiVersion: 'istio-delivery/v1',
    kind: 'Upgrade',
    mesh: manifest.mesh,
    environment,
    command,
    ...(from ? { from: { bundle: from.bundle, istio: from.istio } } : {}),
    to: journal
      ? { bundle: journal.new.bundle, istio: journal.new.istio }
      : { bundle: manifest.digest, istio: manifest.istio },
    ...(digest === undefined ? {} : { plan: digest }),
    origin,
    started: started.toISOString(),
    finished: finished.toISOString(),
    ...(verdict ? { verdict } : {}),
    clusters,
    result: resultOf(facts),
  };
}

function resultOf({ verdict, clusters, manifest, environment, before = 0 }: UpgradeFacts): UpgradeRecord['result'] {
  if (verdict?.result === 'fail') return 'refused';
  if (clusters.some(({ interrupted }) => interrupted)) return 'interrupted';
  const results = new Set(clusters.map(({ result }) => result));
  if (results.has('failed')) return 'failed';
  if (results.has('refused')) return results.size === 1 || isRefused(results) ? 'refused' : 'failed';
  if (results.has('paused')) return 'paused';
  const all = manifest.environments.find(({ name }) => name === environment)?.clusters.length ?? clusters.length;
  if (clusters.length === 0 || before + clusters.length < all) return 'stopped';
  const [only] = results;
  if (results.size === 1 && only !== undefined && only !== 'not started') return only;
  const done = [...results].every((result) => result === 'upgraded' || result === 'finished');
  return done ? 'upgraded' : 'stopped';
}

/** Nothing was done anywhere: what was not refused itself was not begun for that. */
function isRefused(results: Set<ClusterUpgrade['result']>): boolean {
  return [...results].every((result) => result === 'refused' || result === 'not started');
}

/** A journal that is closed tells how its upgrade ended, not what has been promoted since. */
export function looksOnly({ command }: Pick<UpgradeRecord, 'command'>): boolean {
  return command === 'status' || command === 'pause';
}
