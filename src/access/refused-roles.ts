import pMap from 'p-map';
import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';

/** Dry runs of one API server at a time. */
const dryRunsAtOnce = 8;

/**
 * Roles and bindings of a bundle that this account may not write because it does not have the rights in them itself: only
 * the dry run tells, for whoever has these rights needs no `escalate` and no `bind`.
 */
export async function refusedRoles(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  const roles = objects.filter(({ apiVersion }) => groupOf(apiVersion) === 'rbac.authorization.k8s.io');
  const refused = await pMap(roles, async (role) => ((await isEscalation(cluster, role)) ? [role] : []), {
    concurrency: dryRunsAtOnce,
  });
  return refused.flat();
}

async function isEscalation(cluster: Cluster, role: KubernetesObject): Promise<boolean> {
  try {
    await cluster.apply(role, { fieldManager: 'istio-delivery-access', dryRun: true, force: true });
    return false;
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    // Whatever else is wrong with it the plan says.
    return error.code === 'Forbidden' && error.message.includes('attempting to grant RBAC permissions');
  }
}
