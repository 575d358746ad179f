import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError, type FailureKind, messageOf } from '../errors.ts';
import type { Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';
import { type Connect, clusterBundle } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { Reporter } from '../ports/reporter.ts';
import { type ClusterPromotion, promoteCluster } from './promote-cluster.ts';
import type { WatchTraffic } from './watch-traffic.ts';

export interface PromoteEnvironmentOptions {
  bundle: Bundle;
  environment: Environment;
  plan: Plan;
  /** Waves to carry out, in order, each the names of its clusters. */
  waves: string[][];
  connect: Connect;
  /** Watches the traffic of a cluster while it is changed; nobody does where it is absent. */
  watchTraffic?: WatchTraffic;
  holder: string;
  /** Milliseconds that the objects of a stage may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** How a promotion ended in one cluster; with what was measured of its traffic, where something was. */
export type ClusterOutcome = { cluster: string; probe?: ProbeResult } & (
  | ({ finished: string } & ClusterPromotion)
  | { result: 'failed'; code: string; kind: FailureKind; reason: string; finished: string }
  /** An earlier wave failed. */
  | { result: 'not started' }
);

/** Promotes wave after wave, the clusters of a wave side by side; a cluster that fails stops the waves after its own. */
export async function promoteEnvironment(options: PromoteEnvironmentOptions): Promise<ClusterOutcome[]> {
  const outcomes: ClusterOutcome[] = [];
  for (const wave of options.waves) {
    const stopped = options.signal.aborted || outcomes.some(({ result }) => result === 'failed');
    outcomes.push(
      ...(stopped
        ? wave.map((cluster): ClusterOutcome => ({ cluster, result: 'not started' }))
        : await Promise.all(wave.map((cluster) => outcomeOf(cluster, options)))),
    );
  }
  return outcomes;
}

async function outcomeOf(name: string, options: PromoteEnvironmentOptions): Promise<ClusterOutcome> {
  const { bundle, environment, plan, connect, clock } = options;
  const finished = () => clock.now().toISOString();
  let probe: ProbeResult | undefined;
  const about = () => ({ cluster: name, finished: finished(), ...(probe ? { probe } : {}) });
  try {
    const target = environment.clusters.find((candidate) => candidate.name === name);
    const clusterPlan = plan.clusters.find((candidate) => candidate.cluster === name);
    if (!target || !clusterPlan || plan.environment !== environment.name) {
      const reason = clusterPlan ? `is for environment ${plan.environment}` : `says nothing of cluster ${name}`;
      throw new DeliveryError(`the plan ${reason}; plan ${environment.name} again`, {
        code: 'PlanIncomplete',
        kind: 'refused',
      });
    }
    const promotion = await promoteCluster(connect(target), {
      ...options,
      target,
      manifest: bundle.manifest,
      bundle: clusterBundle(bundle, name),
      clusterPlan,
      onProbe: (measured) => {
        probe = measured;
      },
    });
    return { ...about(), ...promotion };
  } catch (error) {
    if (!(error instanceof DeliveryError) && !options.signal.aborted) throw error;
    const known = error instanceof DeliveryError ? error : undefined;
    return {
      ...about(),
      result: 'failed',
      code: known?.code ?? 'Interrupted',
      kind: known?.kind ?? 'interrupted',
      reason: known ? messageOf(error) : 'it was interrupted; the same plan goes on when it is promoted again',
    };
  }
}
