import { DeliveryError } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import type { PromotionRecord } from './cluster-state.ts';

/**
 * A context that leads to another cluster of the mesh would bring it what was meant for this one. Throws
 * `ClusterMismatch` (refused); a cluster whose name the mesh file does not have any more was renamed.
 */
export function refuseOtherCluster(
  { name, context }: ClusterTarget,
  record: PromotionRecord | undefined,
  environments: readonly Environment[],
): void {
  if (record === undefined || record.cluster === name) return;
  const known = environments.some(({ clusters }) => clusters.some((cluster) => cluster.name === record.cluster));
  if (!known) return;
  throw new DeliveryError(
    `cluster ${name} is not the one that is meant: context "${context}" leads to cluster ${record.cluster} of environment ${record.environment}, as the record of its last promotion says; correct the context in the mesh file, or the kubeconfig`,
    { code: 'ClusterMismatch', kind: 'refused' },
  );
}
