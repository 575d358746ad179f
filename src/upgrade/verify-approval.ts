import { verifyAgainstPlan } from '../apply/approved-changes.ts';
import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import type { ClusterPlan, Plan } from '../plan/plan.ts';
import { examineCluster, verifiedIdentity } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Journal } from './journal.ts';

/** What a start is given. */
interface Given {
  target: ClusterTarget;
  /** Name of the environment that was asked for. */
  environment: string;
  manifest: BundleManifest;
  bundle: ClusterBundle;
  plan?: Plan;
}

/** The part of the plan that is about the cluster; `PlanIncomplete` where there is none. */
export function planOf({ plan, target, manifest, environment }: Given): { plan: Plan; clusterPlan: ClusterPlan } {
  const clusterPlan = plan?.clusters.find(({ cluster }) => cluster === target.name);
  if (plan && clusterPlan && plan.environment === environment) return { plan, clusterPlan };
  const reason =
    plan && clusterPlan ? `is for environment ${plan.environment}` : `says nothing of cluster ${target.name}`;
  throw new DeliveryError(`the plan for bundle ${manifest.digest} ${reason}; plan ${environment} again`, {
    code: 'PlanIncomplete',
    kind: 'refused',
  });
}

/**
 * What goes on is what was approved when the upgrade began: a start brings that very plan, or one of this open upgrade
 * that still holds.
 */
export async function verifyApproval(cluster: Cluster, options: Given, journal: Journal): Promise<void> {
  const { target, manifest, bundle } = options;
  const { plan, clusterPlan } = planOf(options);
  await verifiedIdentity(cluster, target, clusterPlan.identity.uid);
  if (plan.digest === journal.plan) return;
  if (clusterPlan.open?.id !== journal.id) {
    throw new DeliveryError(
      `upgrade ${journal.id} of cluster ${cluster.name} is open under plan ${journal.plan}, and the given plan ${plan.digest} was not made for it; start with the plan that it began with, or plan again and have that approved`,
      { code: 'AnotherPlan', kind: 'refused' },
    );
  }
  verifyAgainstPlan(
    { plan, clusterPlan },
    await examineCluster(cluster, { target, manifest, bundle, forceConflicts: plan.forceConflicts }),
  );
}
