import type { ClusterBundle } from '../bundle/bundle.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId, objectKey } from '../ports/objects.ts';
import { byStageBackwards, type InventoryEntry, meshLabelled } from './cluster-state.ts';
import { withoutBookkeeping } from './field-changes.ts';
import type { Change } from './plan.ts';

/** Losing one of these loses what others built on it, or every certificate of the mesh. */
const neverPrunedKinds = new Set(['CustomResourceDefinition', 'Namespace', 'Secret']);

/** What the inventory has and the bundle has no longer, as far as it may be deleted at all. */
export function pruneCandidates(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  return dropped(inventory, bundle)
    .filter(({ id }) => mayBeDeleted(id))
    .sort((left, right) => Number(isService(left)) - Number(isService(right)) || byStageBackwards(left, right));
}

/** A Service holds an address that others know: it goes last. */
export function isService({ id }: Pick<InventoryEntry, 'id'>): boolean {
  return id.kind === 'Service';
}

/** What the inventory has and the bundle has no longer, and what is never deleted for that. */
export function keptForGood(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  return dropped(inventory, bundle).filter(({ id }) => !mayBeDeleted(id));
}

/** What the inventory has and the bundle has no longer. */
export function dropped(inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  const kept = new Set(bundle.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))));
  return inventory.filter(({ id }) => !kept.has(objectKey(id)));
}

/** Whether an object is of a kind that may be deleted at all. */
export function mayBeDeleted({ kind }: ObjectId): boolean {
  return !neverPrunedKinds.has(kind);
}

/** How the live object of an inventory's entry stands to the one that was brought here. */
export type Standing = { kind: 'gone' } | { kind: 'ours'; uid: string } | { kind: 'not ours'; reason: string };

/** Ours is what still is the very object that was recorded, and carries the mesh's label. */
export function standingOf(
  live: KubernetesObject | undefined,
  entry: Pick<InventoryEntry, 'uid'>,
  mesh: string,
): Standing {
  const uid = live?.metadata.uid;
  if (!live || uid === undefined) return { kind: 'gone' };
  if (!meshLabelled(live, mesh)) return { kind: 'not ours', reason: "it lacks the mesh's label" };
  // A run that was killed may not have come to record the UID; the object's label then speaks for it.
  if (entry.uid === '' || entry.uid === uid) return { kind: 'ours', uid };
  return { kind: 'not ours', reason: 'somebody deleted it and created it again' };
}

/** What goes with a Service that has a load balancer. */
function releaseOf(live: KubernetesObject): { releases?: string } {
  const { type } = (live.spec ?? {}) as { type?: string };
  if (live.kind !== 'Service' || type !== 'LoadBalancer') return {};
  return { releases: `its load balancer${addressText(live)}` };
}

/** The candidate's deletion, when the live object is still the one that was promoted and carries the mesh's label. */
export async function planPrune(cluster: Cluster, entry: InventoryEntry, mesh: string): Promise<Change | undefined> {
  const live = await cluster.get(entry.id);
  const standing = standingOf(live, entry, mesh);
  if (live === undefined || standing.kind !== 'ours') return undefined;
  const before = withoutBookkeeping(live);
  return { action: 'delete', id: entry.id, uid: standing.uid, before, ...releaseOf(live) };
}

/** Addresses of the Service's load balancer, in words; empty where it has none. */
export function addressText({ status }: KubernetesObject): string {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
  const addresses = (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  return addresses.length === 0 ? '' : ` (${addresses.join(', ')})`;
}
