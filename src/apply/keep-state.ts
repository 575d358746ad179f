import { isDeepStrictEqual } from 'node:util';
import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { stageDigests } from '../bundle/bundle-digest.ts';
import { policyOf } from '../bundle/policy.ts';
import { DeliveryError } from '../errors.ts';
import {
  type InventoryEntry,
  isRecordSigned,
  type PromotedBundle,
  type PromotionRecord,
} from '../plan/cluster-state.ts';
import { type OpenUpgrade, readSignedUpgrade, type UpgradeSide } from '../plan/open-upgrade.ts';
import { roleOf } from '../plan/open-upgrade-commands.ts';
import type { Plan } from '../plan/plan.ts';
import type { Examination } from '../plan/plan-cluster.ts';
import type { ObjectPlan } from '../plan/plan-object.ts';
import { keptForGood } from '../plan/prune.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import type { LockedCluster } from './lease.ts';
import { forgetBundles, isKept, readKeptBundle, refuseLargeBundle, storeBundle } from './stored-bundle.ts';
import { refuseLargeInventory, writeInventory, writePromotionRecord, writeUpgradeJournal } from './write-state.ts';

interface Promoted {
  manifest: BundleManifest;
  bundle: ClusterBundle;
  plan: Plan;
  clock: Clock;
}

/** What a promotion notes of itself in the cluster. */
export interface StateKeeper {
  /** The cluster runs this very bundle, keeps all of it and says so itself, and no promotion of it is unfinished. */
  isCurrent: boolean;
  /** Before the first write, so that a promotion that is killed leaves nothing that nobody knows of. */
  announce(): Promise<void>;
  /** After the last write. */
  conclude(live: KubernetesObject[]): Promise<void>;
}

/** Notes a promotion in the promotion record; one to a mesh that is being upgraded in the upgrade's journal. */
export async function stateKeeper(
  cluster: LockedCluster,
  promoted: Promoted,
  examination: Examination,
): Promise<StateKeeper> {
  const { way, record } = examination;
  const { digest, namespaces } = promoted.manifest;
  if (way.kind === 'amendment') {
    return {
      isCurrent: isAmended(promoted, way.of),
      async announce() {
        refuseLargeInventory(announced(examination));
        await refuseLargeBundle(promoted);
        await refuseOther(cluster, namespaces.controlPlane, way.of);
        await announceObjects(cluster, namespaces.controlPlane, examination);
      },
      conclude: (live) => concludeAmendment(cluster, promoted, { ...examination, of: way.of, live }),
    };
  }
  let chunks: string[] = [];
  return {
    isCurrent:
      record?.current?.bundle === digest &&
      record.cluster === promoted.bundle.cluster &&
      record.inProgress === undefined &&
      (await isKept(cluster, namespaces.controlPlane, record.current)) &&
      (await isRecordSigned(cluster, namespaces.controlPlane)),
    async announce() {
      chunks = await announcePromotion(cluster, promoted, examination);
    },
    conclude: (live) => concludePromotion(cluster, promoted, examination, { live, chunks }),
  };
}

/** What is written of the upgrade is signed anew, so it must be the one that was signed. */
async function refuseOther(cluster: Cluster, namespace: string, of: OpenUpgrade): Promise<void> {
  const signed = await readSignedUpgrade(cluster, namespace);
  if (isDeepStrictEqual(signed, of)) return;
  throw new DeliveryError(
    `upgrade ${of.id} of cluster ${cluster.name} was taken further while this promotion was prepared`,
    { remedy: 'promote again', code: 'AnotherUpgrade', retryable: true },
  );
}

/** Both sides of the upgrade have the configuration of the bundle already, and know of the bundle where they must. */
function isAmended({ manifest, bundle }: Promoted, of: OpenUpgrade): boolean {
  if (of.promotions.at(-1)?.bundle === manifest.digest) return true;
  const { config } = stageDigests(bundle.stages);
  return (
    roleOf(manifest.digest, of) !== 'neither' && of.old.stages.config === config && of.new.stages.config === config
  );
}

/** Which bundle and plan are on their way, the bundle's bytes, and every object that may come to be. */
async function announcePromotion(
  cluster: LockedCluster,
  { manifest, bundle, plan, clock }: Promoted,
  examination: Examination,
): Promise<string[]> {
  const { record } = examination;
  const namespace = manifest.namespaces.controlPlane;
  refuseLargeInventory(announced(examination));
  await writePromotionRecord(cluster, namespace, {
    ...recordBase({ manifest, bundle, plan }, record?.promotions ?? 0),
    ...(record?.current ? { current: record.current } : {}),
    ...(record?.previous ? { previous: record.previous } : {}),
    inProgress: { bundle: manifest.digest, plan: plan.digest, since: clock.now().toISOString() },
  });
  const chunks = await storeBundle(cluster, namespace, { manifest, bundle });
  await announceObjects(cluster, namespace, examination);
  return chunks;
}

/** Puts every object that may come to be into the inventory. */
export async function announceObjects(
  cluster: LockedCluster,
  namespace: string,
  examination: Pick<Examination, 'inventory' | 'objects'>,
): Promise<void> {
  await writeInventory(cluster, namespace, announced(examination));
}

/** The inventory with every object that may come to be. */
export function announced({ inventory, objects }: Pick<Examination, 'inventory' | 'objects'>): InventoryEntry[] {
  const known = new Set(inventory.map(({ id }) => objectKey(id)));
  const coming = objects
    .filter(({ form }) => !known.has(objectKey(objectId(form))))
    .map(({ form, planned }): InventoryEntry => ({ id: objectId(form), stage: planned.stage, uid: '' }));
  return [...inventory, ...coming];
}

/** The bundle is the current one, and the inventory names each of its objects by UID. */
async function concludePromotion(
  cluster: LockedCluster,
  { manifest, bundle, plan, clock }: Promoted,
  { record, inventory, objects }: Examination,
  { live, chunks }: { live: KubernetesObject[]; chunks: string[] },
): Promise<void> {
  const namespace = manifest.namespaces.controlPlane;
  // What is never pruned stays ours, also when no bundle names it any more.
  await writeInventory(cluster, namespace, [...entriesOf(objects, live), ...keptForGood(inventory, bundle)]);

  const current: PromotedBundle = {
    bundle: manifest.digest,
    istio: manifest.istio,
    policy: policyOf(manifest),
    chunks,
    since: clock.now().toISOString(),
    plan: plan.digest,
  };
  const previous = record?.current?.bundle === manifest.digest ? record.previous : record?.current;
  await writePromotionRecord(cluster, namespace, {
    ...recordBase({ manifest, bundle, plan }, (record?.promotions ?? 0) + 1),
    current,
    ...(previous ? { previous } : {}),
  });
  await forgetBundles(cluster, namespace, [...chunks, ...(previous?.chunks ?? [])]);
}

/** Both bundles of the upgrade have the promoted configuration from now on, whichever of them the mesh ends with. */
async function concludeAmendment(
  cluster: LockedCluster,
  { manifest, bundle, plan, clock }: Promoted,
  { inventory, objects, of, live }: Examination & { of: OpenUpgrade; live: KubernetesObject[] },
): Promise<void> {
  const namespace = manifest.namespaces.controlPlane;
  const others = inventory.filter(({ stage }) => stage !== 'config');
  await writeInventory(cluster, namespace, [...others, ...entriesOf(objects, live)]);
  const amendment = {
    manifest,
    bundle: { ...bundle, stages: bundle.stages.filter(({ stage }) => stage === 'config') },
  };
  const config = stageDigests(amendment.bundle.stages);
  const amended = async (side: UpgradeSide, upgradePlan?: string): Promise<UpgradeSide> => {
    const kept = await readKeptBundle(cluster, namespace, { ...side, ...(upgradePlan ? { upgradePlan } : {}) });
    const isThisOne = manifest.istio.revision === side.istio.revision;
    const { config: _config, ...others } = side.stages;
    return {
      ...side,
      ...(isThisOne ? { bundle: manifest.digest } : {}),
      amended: { rendered: kept.manifest.digest, config: manifest.digest },
      chunks: await storeBundle(cluster, namespace, { ...kept, amendment }),
      stages: { ...others, ...config },
    };
  };
  await writeUpgradeJournal(cluster, namespace, {
    ...of,
    old: await amended(of.old),
    new: await amended(of.new, of.plan),
    promotions: [...of.promotions, { bundle: manifest.digest, plan: plan.digest, at: clock.now().toISOString() }],
  });
}

function entriesOf(objects: ObjectPlan[], live: KubernetesObject[]): InventoryEntry[] {
  const uids = new Map(live.map((object) => [objectKey(objectId(object)), object.metadata.uid ?? '']));
  return objects.map(({ form, planned }) => {
    const id = objectId(form);
    return { id, stage: planned.stage, uid: uids.get(objectKey(id)) ?? '' };
  });
}

function recordBase(
  { manifest, bundle, plan }: Omit<Promoted, 'clock'>,
  promotions: number,
): Omit<PromotionRecord, 'current' | 'previous' | 'inProgress'> {
  const { environment } = plan;
  return { apiVersion: 'istio-delivery/v1', mesh: manifest.mesh, environment, cluster: bundle.cluster, promotions };
}
