import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import { inventoryName, type PromotionRecord, promotionRecordName, readPromotionRecord } from './cluster-state.ts';
import { upgradeJournalName } from './open-upgrade.ts';
import { repairWords, stateSelector, unreadableCode } from './read-state.ts';

/** The record of a mesh that was promoted to a cluster, wherever in it that stands. */
export interface PromotedMesh {
  /** Namespace of its control plane. */
  namespace: string;
  record: PromotionRecord;
}

/** ConfigMaps that tell of promotions. */
export const stateNames: ReadonlySet<string> = new Set([promotionRecordName, inventoryName, upgradeJournalName]);

/** Every mesh that has records in the cluster; one, or none where nothing was ever promoted. */
export async function meshesOf(cluster: Cluster): Promise<PromotedMesh[]> {
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { labelSelector: stateSelector, metadataOnly: true },
  );
  const ofPromotions = items.filter(({ metadata }) => stateNames.has(metadata.name));
  const found = Map.groupBy(ofPromotions, ({ metadata }) => metadata.namespace ?? '');
  return Promise.all(
    [...found.keys()].sort().map(async (namespace) => {
      const record = await readPromotionRecord(cluster, namespace);
      if (record) return { namespace, record };
      const others = found.get(namespace)?.map(({ metadata }) => metadata.name);
      // A promotion writes its record before anything else.
      throw new DeliveryError(
        `ConfigMap ${namespace}/${promotionRecordName} of cluster ${cluster.name} is missing, and ${others?.join(', ')} tell of a promotion; restore it from a backup, or ${repairWords}`,
        { code: unreadableCode },
      );
    }),
  );
}

/**
 * A cluster has one mesh: CRDs, cluster roles and the default validator have one name in all of it, and two control
 * planes of one revision overwrite each other's certificate authority. Throws `AnotherMesh` (refused).
 */
export function refuseSecondMesh(
  cluster: string,
  { mesh, namespaces }: Pick<BundleManifest, 'mesh' | 'namespaces'>,
  promoted: readonly PromotedMesh[],
): void {
  const other = promoted.find(({ record, namespace }) => record.mesh !== mesh || namespace !== namespaces.controlPlane);
  if (!other) return;
  const { namespace } = other;
  const { mesh: name } = other.record;
  const remedy =
    name === mesh
      ? `set namespaces.controlPlane to "${namespace}": the namespace of a control plane that runs cannot be changed`
      : `correct the context in the mesh file, or set name to "${name}" and namespaces.controlPlane to "${namespace}" if this is that mesh`;
  throw new DeliveryError(
    `bundle of mesh ${mesh} (control plane in namespace ${namespaces.controlPlane}) cannot be promoted to cluster ${cluster}: it has mesh ${name} (control plane in namespace ${namespace}) already, and a cluster has one; ${remedy}`,
    { code: 'AnotherMesh', kind: 'refused' },
  );
}
