import type { ClusterBundle } from '../bundle/bundle.ts';
import { meshLabel } from '../bundle/labels.ts';
import type { Cluster } from '../ports/cluster.ts';
import { objectId, objectKey } from '../ports/objects.ts';
import { byStageBackwards, type InventoryEntry } from './cluster-state.ts';
import type { Change } from './plan.ts';

/** Losing one of these loses what others built on it, or every certificate of the mesh. */
const neverPrunedKinds = new Set(['CustomResourceDefinition', 'Namespace']);
const authoritySecrets = new Set(['istio-ca-secret', 'cacerts']);

/** What the inventory has and the bundle has no longer, as far as it may be deleted at all. */
export function pruneCandidates(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  return dropped(inventory, bundle).filter(mayBePruned).sort(byStageBackwards);
}

/** What the inventory has and the bundle has no longer, and what is never deleted for that. */
export function keptForGood(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  return dropped(inventory, bundle).filter((entry) => !mayBePruned(entry));
}

function dropped(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  const kept = new Set(bundle.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))));
  return inventory.filter(({ id }) => !kept.has(objectKey(id)));
}

function mayBePruned({ id, stage }: InventoryEntry): boolean {
  if (stage === 'routing' || neverPrunedKinds.has(id.kind)) return false;
  return !(id.kind === 'Secret' && authoritySecrets.has(id.name));
}

/** The candidate's deletion, when the live object is still the one that was promoted and carries the mesh's label. */
export async function planPrune(cluster: Cluster, entry: InventoryEntry, mesh: string): Promise<Change | undefined> {
  const live = await cluster.get(entry.id);
  const uid = live?.metadata.uid;
  if (!live || uid === undefined || live.metadata.labels?.[meshLabel] !== mesh) return undefined;
  // A promotion that was killed may not have come to record the UID; its label then speaks for the object.
  if (entry.uid !== '' && entry.uid !== uid) return undefined;
  return { action: 'delete', id: entry.id, uid };
}
