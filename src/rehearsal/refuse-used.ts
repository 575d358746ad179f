import { DeliveryError } from '../errors.ts';
import type { Environment } from '../mesh/environment.ts';
import { readPromotionRecord } from '../plan/cluster-state.ts';
import type { Cluster } from '../ports/cluster.ts';

/** A rehearsal breaks what it finds: throws `ClusterInUse` for a cluster of the mesh, and for one that has a mesh. */
export async function refuseUsed(
  cluster: Cluster,
  { environments, namespace }: { environments: readonly Environment[]; namespace: string },
): Promise<void> {
  const { uid, server } = await cluster.identity();
  const target = environments.flatMap(({ clusters }) => clusters).find(({ identity }) => identity === uid);
  const record = await readPromotionRecord(cluster, namespace);
  const istiods = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { labelSelector: 'app=istiod' });
  const reason = target
    ? `it is cluster ${target.name} of the mesh file`
    : record
      ? `mesh ${record.mesh} was promoted to it for ${record.environment}`
      : istiods.items[0] && `Istio runs in it already (Deployment ${istiods.items[0].metadata.name})`;
  if (reason === undefined) return;
  throw new DeliveryError(
    `cluster ${server} cannot be rehearsed in: ${reason}; give the kubeconfig of an empty cluster, or none, for a kind cluster of the rehearsal's own`,
    { code: 'ClusterInUse', kind: 'refused' },
  );
}
