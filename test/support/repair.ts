import { systemClock } from '../../src/adapters/clock.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { clusterBundle, environmentOf } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { planRepair } from '../../src/repair/plan-repair.ts';
import { repairCluster } from '../../src/repair/repair-cluster.ts';
import type { RepairPlan } from '../../src/repair/repair-plan.ts';
import { silent } from './delivery.ts';

/** Repairs the state of the one cluster of an environment through the rooms, without a process in between. */
export function repairOf(cluster: Cluster, environment: string, bundle: Bundle) {
  const target = environmentOf(bundle, environment);
  const [first] = target.clusters;
  if (!first) throw new Error(`environment ${environment} has no cluster`);
  return {
    plan: () => planRepair(bundle, target, () => cluster),
    carryOut: (plan: RepairPlan) =>
      repairCluster(cluster, {
        target: first,
        manifest: bundle.manifest,
        bundle: clusterBundle(bundle, first.name),
        plan,
        holder: 'test',
        clock: systemClock,
        reporter: silent,
        signal: new AbortController().signal,
      }),
  };
}
