import { DeliveryError } from '../errors.ts';
import type { InventoryEntry, PromotionRecord } from '../plan/cluster-state.ts';
import { inventoryName, promotionRecordName } from '../plan/cluster-state.ts';
import { type OpenUpgrade, upgradeJournalName } from '../plan/open-upgrade.ts';
import { partNames, partsKey, type StateName, signatureKey, stateLabels } from '../plan/read-state.ts';
import { splitText } from '../plan/state-parts.ts';
import { signatureOf, signerName } from '../plan/state-signature.ts';
import type { ApplyResult, Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import type { LockedCluster } from './lease.ts';

/** Owns what a promotion writes about itself, apart from what it promotes. */
const stateFieldManager = 'istio-delivery-state';

export async function writePromotionRecord(
  cluster: LockedCluster,
  namespace: string,
  record: PromotionRecord,
): Promise<void> {
  await writeText(cluster, { namespace, name: promotionRecordName, key: 'record' }, JSON.stringify(record, null, 2));
}

export async function writeInventory(
  cluster: LockedCluster,
  namespace: string,
  inventory: InventoryEntry[],
): Promise<void> {
  await writeText(cluster, { namespace, name: inventoryName, key: 'objects' }, inventoryText(inventory));
}

/** Refuses an inventory that could not be written once every object of it has its UID. */
export function refuseLargeInventory(inventory: InventoryEntry[]): void {
  const uid = '0'.repeat(36);
  splitText(inventoryName, inventoryText(inventory.map((entry) => ({ ...entry, uid }))));
}

/** One object a line: it is read by people. */
function inventoryText(inventory: InventoryEntry[]): string {
  const lines = inventory.map((entry) => JSON.stringify(entry)).join(',\n');
  return `{"apiVersion":"istio-delivery/v1","objects":[\n${lines}\n]}`;
}

/** Writes the journal of an upgrade, and returns the ConfigMap as it is now. */
export async function writeUpgradeJournal<J extends OpenUpgrade>(
  cluster: LockedCluster,
  namespace: string,
  journal: J,
): Promise<KubernetesObject> {
  return writeText(cluster, { namespace, name: upgradeJournalName, key: 'journal' }, JSON.stringify(journal, null, 1));
}

/** Names the document on every further part of it. */
const partLabel = 'istio-delivery/part-of';

/**
 * Writes a document, and returns its ConfigMap as it is now. What does not fit into that stands in further ones, which
 * are named by their content and written first: until the ConfigMap names them, the document is the one of before.
 */
async function writeText(
  cluster: LockedCluster,
  { namespace, name, key }: StateName,
  text: string,
): Promise<KubernetesObject> {
  const { head, parts } = splitText(name, text);
  const signature = await signedBy(cluster, { namespace, name }, text);
  for (const part of parts) {
    const map = stateMap(namespace, part.name, { data: { [key]: part.text } });
    await writeState(cluster, labelled(map, { [partLabel]: name }));
  }
  const names = parts.map((part) => part.name);
  const data = {
    [key]: head,
    [signatureKey]: signature,
    // Also where there are none: whoever else wrote this key must not add any.
    [partsKey]: names.join('\n'),
  };
  const { before, written } = await writeHead(cluster, stateMap(namespace, name, { data }));
  if (names.length > 0 || partNames(before).length > 0) {
    await forgetOthers(cluster, { namespace, labelSelector: `${partLabel}=${name}` }, names);
  }
  return written;
}

/** Names the hold of the lock under which a document was written last. */
const holdAnnotation = 'istio-delivery/hold';

/** How often somebody may touch a ConfigMap while it is written. */
const attempts = 5;

/** Writes over nothing that was written under another hold of the lock since this run has lost its own. */
async function writeHead(
  cluster: LockedCluster,
  object: KubernetesObject,
): Promise<{ before: KubernetesObject | undefined; written: KubernetesObject }> {
  const { hold } = cluster;
  const annotations = { [holdAnnotation]: hold.name };
  for (let attempt = 1; ; attempt += 1) {
    const before = await cluster.get(objectId(object));
    if (before?.metadata.annotations?.[holdAnnotation] !== hold.name) await hold.refuseLost();
    const { resourceVersion } = before?.metadata ?? {};
    const metadata = { ...object.metadata, annotations, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const result = await applyState(cluster, { ...object, metadata });
    if (result.kind === 'changed' && attempt < attempts) continue;
    return { before, written: applied(cluster, object, result) };
  }
}

/** The cluster's signature of a text; the first one makes the account that signs. */
async function signedBy(cluster: Cluster, state: Omit<StateName, 'key'>, text: string): Promise<string> {
  const signature = await signatureOf(cluster, state, text);
  if (signature !== undefined) return signature;
  const { namespace } = state;
  await writeState(cluster, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: signerName, namespace, labels: stateLabels },
    automountServiceAccountToken: false,
  });
  const first = await signatureOf(cluster, state, text);
  if (first !== undefined) return first;
  throw new DeliveryError(
    `ServiceAccount ${namespace}/${signerName} of cluster ${cluster.name} was deleted while it was needed to sign; run the command again`,
    { code: 'ClusterStateUnwritable', retryable: true },
  );
}

/** Deletes every ConfigMap of a kind of ours but those that are to be kept. */
export async function forgetOthers(
  cluster: Cluster,
  where: { namespace: string; labelSelector: string },
  keep: string[],
): Promise<void> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { ...where, metadataOnly: true });
  for (const item of items) {
    if (!keep.includes(item.metadata.name)) await cluster.delete(objectId(item), item.metadata.uid ?? '');
  }
}

export function labelled(map: KubernetesObject, labels: Record<string, string>): KubernetesObject {
  return { ...map, metadata: { ...map.metadata, labels: { ...map.metadata.labels, ...labels } } };
}

export function stateMap(
  namespace: string,
  name: string,
  content: { data: Record<string, string> } | { binaryData: Record<string, string> },
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: stateLabels }, ...content };
}

/** Writes one object of our own, whoever touched it. */
export async function writeState(cluster: Cluster, object: KubernetesObject): Promise<KubernetesObject> {
  return applied(cluster, object, await applyState(cluster, object));
}

function applyState(cluster: Cluster, object: KubernetesObject): Promise<ApplyResult> {
  return cluster.apply(object, { fieldManager: stateFieldManager, dryRun: false, force: true });
}

function applied(cluster: Cluster, object: KubernetesObject, result: ApplyResult): KubernetesObject {
  if (result.kind === 'applied') return result.object;
  const reason = result.kind === 'invalid' ? result.reason : result.kind;
  throw new DeliveryError(
    `${formatObjectId(objectId(object))} of cluster ${cluster.name} cannot be written: ${reason}`,
    { code: 'ClusterStateUnwritable' },
  );
}
