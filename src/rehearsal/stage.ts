import { applyGiven } from '../apply/apply-given.ts';
import { promoteEnvironment } from '../apply/promote-environment.ts';
import { waitReady } from '../apply/wait-ready.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError, interruptedError, reasonOf } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';
import { planEnvironment } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject } from '../ports/objects.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { TrafficRun, TrafficWatch } from '../ports/traffic.ts';
import type { ClusterUpgrade, UpgradeCommand } from '../upgrade/cluster-upgrade.ts';
import { upgradeEnvironment } from '../upgrade/upgrade-environment.ts';
import { bringPrerequisites } from './prerequisites.ts';

/** The rehearsal's cluster, and what can be done on it: what the jobs do in an environment, with the same rooms. */
export interface Stage {
  /** Applies what the environment has and no bundle brings, in the given namespaces. */
  prepare(prerequisites: KubernetesObject[], namespaces: KubernetesObject[]): Promise<void>;
  /** Promotes the old bundle to the empty cluster. */
  install(namespaces: KubernetesObject[]): Promise<void>;
  /** Applies what carries the traffic and waits until it is ready. */
  deploy(workloads: KubernetesObject[]): Promise<void>;
  /** Promotes the new bundle. */
  promote(): Promise<void>;
  /** Runs one command of the upgrade to the new bundle. */
  upgrade(command: UpgradeCommand, traffic: TrafficWatch): Promise<void>;
  /** How every run of the upgrade ended. */
  upgrades(): ClusterUpgrade[];
}

export interface StageOptions {
  old: Bundle;
  coming: Bundle;
  target: ClusterTarget;
  proxies: ProxyDirectory;
  /** Ids of the upgrade notes that are taken as read. */
  acknowledged: string[];
  /** Milliseconds that any one thing may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** Owns what a rehearsal applies beside the bundle. */
const fieldManager = 'istio-delivery-rehearsal';

/** Who holds the lock; nobody else knows the cluster. */
const holder = 'rehearsal';

export function stageOn(cluster: Cluster, options: StageOptions): Stage {
  const { old, coming, target, proxies, acknowledged, timeout, clock, signal } = options;
  const environment: Environment = {
    name: 'rehearsal',
    after: [],
    clusters: [target],
    waves: [[target.name]],
    gate: { approval: false, identity: 'optional', needs: [] },
  };
  const upgrades: ClusterUpgrade[] = [];
  const connect = () => cluster;
  const planOf = (bundle: Bundle) => planEnvironment({ bundle, environment, connect, forceConflicts: false });

  async function bring(bundle: Bundle): Promise<void> {
    const plan = await planOf(bundle);
    refuseProblems(plan);
    const [outcome] = await promoteEnvironment({
      ...options,
      bundle,
      environment,
      plan,
      waves: environment.waves,
      connect,
      holder,
      reasonOf,
    });
    if (outcome?.result === 'failed') throw new DeliveryError(outcome.reason, outcome);
    if (outcome?.result === 'not started') throw interruptedError(`the promotion was not begun: ${outcome.reason}`);
  }

  return {
    upgrades: () => [...upgrades],
    prepare: (prerequisites, namespaces) =>
      bringPrerequisites(cluster, prerequisites, { namespaces, fieldManager, timeout, clock, signal }),
    async install(namespaces) {
      await applyGiven(cluster, namespaces, fieldManager);
      await bring(old);
    },
    async deploy(workloads) {
      const applied = await applyGiven(cluster, workloads, fieldManager);
      await waitReady(cluster, applied, { timeout, clock, signal });
    },
    promote: () => bring(coming),
    async upgrade(command, traffic) {
      const [outcome] = await upgradeEnvironment({
        ...options,
        command,
        bundle: coming,
        environment,
        ...(command === 'start' ? { plan: await planOf(coming) } : {}),
        waves: environment.waves,
        connect,
        proxiesOf: () => proxies,
        watchTraffic: () => watchOf(traffic),
        holder,
        reasonOf,
        acknowledged,
      });
      if (!outcome) return;
      const lost =
        signal.reason instanceof DeliveryError && signal.reason.kind === 'failed' ? signal.reason : undefined;
      upgrades.push(lost ? stoppedBy(lost, outcome) : outcome);
      if (lost) throw lost;
      if (outcome.interrupted) throw interruptedError(outcome.reason ?? 'the upgrade was interrupted');
      if (isDone(outcome)) return;
      throw new DeliveryError(outcome.reason ?? outcome.state, { code: outcome.code ?? 'UpgradeFailed' });
    },
  };
}

/** It was no person who stopped it. */
function stoppedBy({ code, reason }: DeliveryError, { interrupted: _, ...outcome }: ClusterUpgrade): ClusterUpgrade {
  return { ...outcome, code, reason };
}

/** Nothing has changed behind this plan: what is wrong with it is the bundle's own. */
function refuseProblems({ clusters }: Plan): void {
  const problems = clusters.flatMap((cluster) => cluster.problems);
  if (problems.length === 0) return;
  const lines = problems.map((problem) =>
    problem.kind === 'invalid'
      ? `${formatObjectId(problem.id)}: ${problem.reason}`
      : `${formatObjectId(problem.id)}: ${problem.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ')}`,
  );
  throw new DeliveryError(`the bundle cannot be promoted: ${lines.join('; ')}`, { code: 'BundleRefused' });
}

/** Nobody pauses the upgrade of a rehearsal, and it is asked for as far as it goes. */
function isDone({ result }: ClusterUpgrade): boolean {
  return result === 'upgraded' || result === 'finished' || result === 'rolled back';
}

/** The traffic of the rehearsal as the watch of one run: it began before it, and goes on after it. */
function watchOf(traffic: TrafficWatch): TrafficRun {
  return { check: (after) => traffic.check(after), begin: async () => undefined, stop: async () => undefined };
}
