import { orAllMissing, requireAccess } from '../access/require-access.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError, type FailureKind, isStop } from '../errors.ts';
import type { Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';
import { type Connect, clusterBundle, type UnplannedCluster } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { Reporter } from '../ports/reporter.ts';
import { noteWrites } from './note-writes.ts';
import { type ClusterPromotion, promoteCluster } from './promote-cluster.ts';
import type { WatchTraffic } from './watch-traffic.ts';

export interface PromoteEnvironmentOptions {
  bundle: Bundle;
  environment: Environment;
  plan: Plan;
  /** Clusters that the plan could not be made for, where it was made here and now. */
  unplanned?: readonly UnplannedCluster[];
  /** Waves to carry out, in order, each the names of its clusters. */
  waves: string[][];
  connect: Connect;
  /** Watches the traffic of a cluster while it is changed; nobody does where it is absent. */
  watchTraffic?: WatchTraffic;
  holder: string;
  /** How a failure is told; with its remedy, which is one for an environment, where nothing is said. */
  reasonOf?: (error: DeliveryError) => string;
  /** Milliseconds that the objects of a stage may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** How a promotion ended in one cluster; with what was measured of its traffic, where something was. */
export type ClusterOutcome = { cluster: string; probe?: ProbeResult } & (
  | ({ finished: string } & ClusterPromotion)
  | {
      result: 'failed';
      code: string;
      kind: FailureKind;
      reason: string;
      finished: string;
      /** Nothing was written to it. */
      untouched?: true;
    }
  /** Nothing was written to it. */
  | { result: 'not started'; reason: NotStarted }
);

export type NotStarted = 'interrupted' | 'an earlier wave failed';

/** Promotes wave after wave, the clusters of a wave side by side; a cluster that fails stops the waves after its own. */
export async function promoteEnvironment(options: PromoteEnvironmentOptions): Promise<ClusterOutcome[]> {
  const outcomes: ClusterOutcome[] = [];
  for (const wave of options.waves) {
    const reason = notStarted(outcomes, options.signal);
    outcomes.push(
      ...(reason !== undefined
        ? wave.map((cluster): ClusterOutcome => ({ cluster, result: 'not started', reason }))
        : await Promise.all(wave.map((cluster) => outcomeOf(cluster, options)))),
    );
  }
  return outcomes;
}

/** Why the next wave is not begun; undefined where it is. */
function notStarted(outcomes: readonly ClusterOutcome[], { aborted }: AbortSignal): NotStarted | undefined {
  if (aborted) return 'interrupted';
  return outcomes.some(({ result }) => result === 'failed') ? 'an earlier wave failed' : undefined;
}

async function outcomeOf(name: string, options: PromoteEnvironmentOptions): Promise<ClusterOutcome> {
  const { bundle, environment, plan, unplanned = [], connect, clock, signal } = options;
  let probe: ProbeResult | undefined;
  let hasWritten = () => false;
  const about = () => ({ cluster: name, ...(probe ? { probe } : {}) });
  const finished = () => clock.now().toISOString();
  try {
    const target = environment.clusters.find((candidate) => candidate.name === name);
    const part = { manifest: bundle.manifest, bundle: clusterBundle(bundle, name) };
    const known = unplanned.find(({ cluster }) => cluster === name);
    if (known) {
      const require = async () => target && (await requireAccess(connect(target), 'promote', part));
      await orAllMissing(require, () => Promise.reject(known.error));
    }
    const clusterPlan = plan.clusters.find((candidate) => candidate.cluster === name);
    if (!target || !clusterPlan || plan.environment !== environment.name) {
      const reason = clusterPlan ? `is for environment ${plan.environment}` : `says nothing of cluster ${name}`;
      throw new DeliveryError(`the plan ${reason}; plan ${environment.name} again`, {
        code: 'PlanIncomplete',
        kind: 'refused',
      });
    }
    const noted = noteWrites(connect(target));
    hasWritten = noted.hasWritten;
    const promotion = await promoteCluster(noted.cluster, {
      ...options,
      target,
      ...part,
      clusterPlan,
      onProbe: (measured) => {
        probe = measured;
      },
    });
    return { ...about(), finished: finished(), ...promotion };
  } catch (error) {
    if (isStop(error, signal)) {
      if (!hasWritten()) return { ...about(), result: 'not started', reason: 'interrupted' };
      const reason = 'it was interrupted; the same plan goes on when it is promoted again';
      return {
        ...about(),
        finished: finished(),
        result: 'failed',
        code: 'Interrupted',
        kind: 'interrupted',
        reason,
      };
    }
    if (!(error instanceof DeliveryError)) throw error;
    const { code, kind, message } = error;
    const reason = options.reasonOf?.(error) ?? message;
    const untouched = hasWritten() ? {} : ({ untouched: true } as const);
    return { ...about(), finished: finished(), result: 'failed', code, kind, reason, ...untouched };
  }
}
