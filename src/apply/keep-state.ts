import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import type { InventoryEntry, PromotedBundle, PromotionRecord } from '../plan/cluster-state.ts';
import type { Plan } from '../plan/plan.ts';
import type { Examination } from '../plan/plan-cluster.ts';
import { keptForGood } from '../plan/prune.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { forgetBundles, storeBundle } from './stored-bundle.ts';
import { writeInventory, writePromotionRecord } from './write-state.ts';

interface Promoted {
  manifest: BundleManifest;
  bundle: ClusterBundle;
  plan: Plan;
  clock: Clock;
}

/**
 * Before the first write: which bundle and plan are on their way, the bundle's bytes, and every object that may come
 * to be, so that a promotion that is killed leaves nothing that nobody knows of. Returns the names of the chunks.
 */
export async function announcePromotion(
  cluster: Cluster,
  { manifest, bundle, plan, clock }: Promoted,
  { record, inventory, objects }: Examination,
): Promise<string[]> {
  const namespace = manifest.namespaces.controlPlane;
  const chunks = await storeBundle(cluster, namespace, { manifest, bundle });
  const known = new Set(inventory.map(({ id }) => objectKey(id)));
  const coming = objects
    .filter(({ form }) => !known.has(objectKey(objectId(form))))
    .map(({ form, planned }): InventoryEntry => ({ id: objectId(form), stage: planned.stage, uid: '' }));
  await writeInventory(cluster, namespace, [...inventory, ...coming]);
  await writePromotionRecord(cluster, namespace, {
    ...recordBase(manifest, plan),
    ...(record?.current ? { current: record.current } : {}),
    ...(record?.previous ? { previous: record.previous } : {}),
    inProgress: { bundle: manifest.digest, plan: plan.digest, since: clock.now().toISOString() },
  });
  return chunks;
}

/** After the last write: the bundle is the current one, and the inventory names each of its objects by UID. */
export async function concludePromotion(
  cluster: Cluster,
  { manifest, bundle, plan, clock }: Promoted,
  { record, inventory, objects }: Examination,
  { live, chunks }: { live: KubernetesObject[]; chunks: string[] },
): Promise<void> {
  const namespace = manifest.namespaces.controlPlane;
  const uids = new Map(live.map((object) => [objectKey(objectId(object)), object.metadata.uid ?? '']));
  const promoted = objects.map(({ form, planned }): InventoryEntry => {
    const id = objectId(form);
    return { id, stage: planned.stage, uid: uids.get(objectKey(id)) ?? '' };
  });
  // What is never pruned stays ours, also when no bundle names it any more.
  await writeInventory(cluster, namespace, [...promoted, ...keptForGood(inventory, bundle)]);

  const current: PromotedBundle = {
    bundle: manifest.digest,
    istio: manifest.istio,
    chunks,
    since: clock.now().toISOString(),
    plan: plan.digest,
  };
  const previous = record?.current?.bundle === manifest.digest ? record.previous : record?.current;
  await writePromotionRecord(cluster, namespace, {
    ...recordBase(manifest, plan),
    current,
    ...(previous ? { previous } : {}),
  });
  await forgetBundles(cluster, namespace, [...chunks, ...(previous?.chunks ?? [])]);
}

function recordBase(
  manifest: BundleManifest,
  plan: Plan,
): Pick<PromotionRecord, 'apiVersion' | 'mesh' | 'environment'> {
  return { apiVersion: 'istio-delivery/v1', mesh: manifest.mesh, environment: plan.environment };
}
