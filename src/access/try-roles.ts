import pMap from 'p-map';
import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';

/** Dry runs of one API server at a time. */
const dryRunsAtOnce = 8;

/** Roles and bindings by what the dry run says of the rights that they give. */
export interface TriedRoles {
  /** They give what this account does not have itself. */
  refused: KubernetesObject[];
  /** Bindings of roles that do not exist yet, of which nothing is said. */
  unsaid: KubernetesObject[];
}

/**
 * Tries by dry runs which roles and bindings of a bundle this account may not write because it does not have the rights
 * in them itself: only that tells, for whoever has these rights needs no `escalate` and no `bind`.
 */
export async function tryRoles(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<TriedRoles> {
  const roles = objects.filter(({ apiVersion }) => groupOf(apiVersion) === 'rbac.authorization.k8s.io');
  const tried = await pMap(roles, async (role) => ({ role, answer: await answerTo(cluster, role) }), {
    concurrency: dryRunsAtOnce,
  });
  return {
    refused: tried.flatMap(({ role, answer }) => (answer === 'refused' ? [role] : [])),
    unsaid: tried.flatMap(({ role, answer }) => (answer === 'absent' && role.kind.endsWith('Binding') ? [role] : [])),
  };
}

async function answerTo(cluster: Cluster, role: KubernetesObject): Promise<'accepted' | 'refused' | 'absent'> {
  try {
    const options = { fieldManager: 'istio-delivery-access', dryRun: true, force: true };
    const { kind } = await cluster.apply(role, options);
    return kind === 'absent' ? 'absent' : 'accepted';
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    const isEscalation = error.code === 'Forbidden' && error.message.includes('attempting to grant RBAC permissions');
    // Whatever else is wrong with it the plan says.
    return isEscalation ? 'refused' : 'accepted';
  }
}
