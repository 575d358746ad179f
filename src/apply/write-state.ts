import { DeliveryError } from '../errors.ts';
import type { InventoryEntry, PromotionRecord } from '../plan/cluster-state.ts';
import { inventoryName, promotionRecordName } from '../plan/cluster-state.ts';
import { type OpenUpgrade, upgradeJournalName } from '../plan/open-upgrade.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** Owns what a promotion writes about itself, apart from what it promotes. */
const stateFieldManager = 'istio-delivery-state';

/** Labels of everything that a promotion writes about itself. */
export const stateLabels = { 'app.kubernetes.io/managed-by': 'istio-delivery' };

export async function writePromotionRecord(
  cluster: Cluster,
  namespace: string,
  record: PromotionRecord,
): Promise<void> {
  await writeState(
    cluster,
    stateMap(namespace, promotionRecordName, { data: { record: JSON.stringify(record, null, 2) } }),
  );
}

export async function writeInventory(cluster: Cluster, namespace: string, inventory: InventoryEntry[]): Promise<void> {
  // One object a line: it is read by people, and a mesh has some hundred at most.
  const objects = `[\n${inventory.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;
  await writeState(cluster, stateMap(namespace, inventoryName, { data: { objects } }));
}

/** Writes the journal of an upgrade, and returns the ConfigMap as it is now. */
export async function writeUpgradeJournal<J extends OpenUpgrade>(
  cluster: Cluster,
  namespace: string,
  journal: J,
): Promise<KubernetesObject> {
  return writeState(
    cluster,
    stateMap(namespace, upgradeJournalName, { data: { journal: JSON.stringify(journal, null, 1) } }),
  );
}

export function stateMap(
  namespace: string,
  name: string,
  content: { data: Record<string, string> } | { binaryData: Record<string, string> },
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: stateLabels }, ...content };
}

/** Writes one ConfigMap of our own, whoever touched it. */
export async function writeState(cluster: Cluster, object: KubernetesObject): Promise<KubernetesObject> {
  const result = await cluster.apply(object, { fieldManager: stateFieldManager, dryRun: false, force: true });
  if (result.kind === 'applied') return result.object;
  const reason = result.kind === 'invalid' ? result.reason : result.kind;
  throw new DeliveryError(
    `ConfigMap ${object.metadata.namespace}/${object.metadata.name} of cluster ${cluster.name} cannot be written: ${reason}`,
    { code: 'ClusterStateUnwritable' },
  );
}
