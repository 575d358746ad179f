import pMap from 'p-map';
import { readStoredBundle } from '../apply/stored-bundle.ts';
import type { Bundle, BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { meshLabel } from '../bundle/labels.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import {
  type Inventory,
  type InventoryEntry,
  inventoryForm,
  meshLabelled,
  type PromotionRecord,
  recordForm,
} from '../plan/cluster-state.ts';
import { istioIn, revisionOfIstiod } from '../plan/istio-in-cluster.ts';
import { stateNames } from '../plan/mesh-of-cluster.ts';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import { refuseOtherCluster } from '../plan/other-cluster.ts';
import { plannedObjects, requestsAtOnce, verifiedIdentity } from '../plan/plan-cluster.ts';
import { type Connect, clusterBundle } from '../plan/plan-environment.ts';
import { planObject } from '../plan/plan-object.ts';
import { inspectState, type StateDocument, stateSelector } from '../plan/read-state.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { journalForm } from '../upgrade/keep-journal.ts';
import { imageTag } from '../upgrade/workloads/proxy-pod.ts';
import { type ControlPlane, decideRepair } from './decide-repair.ts';
import { type ClusterRepair, clusterRepairDigest, type RepairPlan, repairPlanDigest } from './repair-plan.ts';

export interface RepairClusterOptions {
  target: ClusterTarget;
  /** The bundle that is said to run. */
  manifest: BundleManifest;
  bundle: ClusterBundle;
}

/** What must be written so that the state of every cluster of an environment can be gone by again. Writes nothing. */
export async function planRepair(bundle: Bundle, environment: Environment, connect: Connect): Promise<RepairPlan> {
  const { manifest } = bundle;
  const plan: Omit<RepairPlan, 'digest'> = {
    apiVersion: 'istio-delivery/v1',
    kind: 'RepairPlan',
    mesh: manifest.mesh,
    environment: environment.name,
    bundle: manifest.digest,
    clusters: await Promise.all(
      environment.clusters.map((target) =>
        planClusterRepair(connect(target), { target, manifest, bundle: clusterBundle(bundle, target.name) }),
      ),
    ),
  };
  return { ...plan, digest: repairPlanDigest(plan) };
}

/** The same for one cluster; refuses the wrong cluster, another mesh, and a bundle that does not run there. */
export async function planClusterRepair(cluster: Cluster, options: RepairClusterOptions): Promise<ClusterRepair> {
  const { target, manifest, bundle } = options;
  const identity = await verifiedIdentity(cluster, target);
  const namespace = manifest.namespaces.controlPlane;
  await refuseStateElsewhere(cluster, namespace);
  const [record, inventory, journal, istio] = await Promise.all([
    inspectState<PromotionRecord>(cluster, recordForm(namespace)),
    inspectState<Inventory>(cluster, inventoryForm(namespace)),
    inspectState<OpenUpgrade>(cluster, journalForm(namespace)),
    istioIn(cluster),
  ]);
  refuseOtherCluster(target, record.kind === 'sound' ? record.value : undefined, manifest.environments);
  const controlPlanes = istio.istiods
    .filter((istiod) => istiod.metadata.namespace === namespace && meshLabelled(istiod, manifest.mesh))
    .map(controlPlaneOf);
  const { ours, differing } = await lookAtObjects(cluster, options);
  const coming = await comingObjects(cluster, namespace, { journal, mesh: manifest.mesh });
  const writes = decideRepair({
    cluster: cluster.name,
    manifest,
    record,
    inventory,
    journal,
    controlPlanes,
    ours,
    coming,
  });
  const repair: Omit<ClusterRepair, 'digest'> = {
    cluster: target.name,
    identity,
    found: { record: foundOf(record), inventory: foundOf(inventory), journal: foundOf(journal) },
    controlPlanes,
    writes,
    differing,
    unclaimed: await unclaimedObjects(cluster, { mesh: manifest.mesh, bundle, known: [...ours, ...coming] }),
  };
  return { ...repair, digest: clusterRepairDigest(repair) };
}

/** A cluster has one mesh. What cannot be read may be another one's. */
async function refuseStateElsewhere(cluster: Cluster, namespace: string): Promise<void> {
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { labelSelector: stateSelector, metadataOnly: true },
  );
  const elsewhere = items.find(({ metadata }) => stateNames.has(metadata.name) && metadata.namespace !== namespace);
  if (!elsewhere) return;
  const { name, namespace: other } = elsewhere.metadata;
  throw new DeliveryError(
    `state of cluster ${cluster.name} cannot be repaired in namespace ${namespace}: ConfigMap ${other}/${name} tells of a mesh there, and a cluster has one; give a bundle whose namespaces.controlPlane is "${other}", or delete that ConfigMap if nothing of that mesh is left`,
    { code: 'AnotherMesh', kind: 'refused' },
  );
}

function controlPlaneOf(istiod: KubernetesObject): ControlPlane {
  const { template } = istiod.spec as { template: { spec: { containers: { image?: string }[] } } };
  return { revision: revisionOfIstiod(istiod), version: imageTag(template.spec.containers[0]?.image) ?? 'unknown' };
}

/** Which objects of the bundle are in the cluster and the mesh's own, and which of all of them are not as it has them. */
async function lookAtObjects(
  cluster: Cluster,
  { manifest, bundle }: RepairClusterOptions,
): Promise<{ ours: InventoryEntry[]; differing: string[] }> {
  const planned = plannedObjects(bundle, { moves: false, declared: manifest.fields, inventory: [] });
  const looks = await pMap(planned, (object) => planObject(cluster, object, { forceConflicts: false }), {
    concurrency: requestsAtOnce,
  });
  return {
    ours: looks.flatMap(({ planned: { stage, object }, live }) =>
      live && isOurs(object, live, manifest.mesh) ? [entryOf(objectId(object), stage, live)] : [],
    ),
    differing: looks.flatMap(({ form, outcome }) =>
      outcome.kind === 'unchanged' ? [] : [formatObjectId(objectId(form))],
    ),
  };
}

/** What an upgrade that is open has brought already. */
async function comingObjects(
  cluster: Cluster,
  namespace: string,
  { journal, mesh }: { journal: StateDocument<OpenUpgrade>; mesh: string },
): Promise<InventoryEntry[]> {
  if (journal.kind !== 'sound' || journal.value.state !== 'open') return [];
  const { bundle } = await readStoredBundle(cluster, namespace, journal.value.new);
  const staged = bundle.stages.flatMap(({ stage, objects }) => objects.map((object) => ({ stage, object })));
  const entries = await pMap(
    staged,
    async ({ stage, object }) => {
      const id = objectId(object);
      const live = await cluster.get(id);
      return live && isOurs(object, live, mesh) ? [entryOf(id, stage, live)] : [];
    },
    { concurrency: requestsAtOnce },
  );
  return entries.flat();
}

/** The namespaces of others carry no label of the mesh, in the bundle neither. */
function isOurs(object: KubernetesObject, live: KubernetesObject, mesh: string): boolean {
  return !meshLabelled(object, mesh) || meshLabelled(live, mesh);
}

function entryOf(id: InventoryEntry['id'], stage: InventoryEntry['stage'], live: KubernetesObject): InventoryEntry {
  return { id, stage, uid: live.metadata.uid ?? '' };
}

/** Objects of the bundle's types that carry the mesh's label and are none of those. */
async function unclaimedObjects(
  cluster: Cluster,
  { mesh, bundle, known }: { mesh: string; bundle: ClusterBundle; known: readonly InventoryEntry[] },
): Promise<string[]> {
  const keys = new Set(known.map(({ id }) => objectKey(id)));
  const objects = bundle.stages.flatMap((stage) => stage.objects);
  const types = new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]));
  const lists = await pMap(
    types.values(),
    async (type) => {
      const { items } = await cluster.list(type, { labelSelector: `${meshLabel}=${mesh}`, metadataOnly: true });
      return items.map((object) => objectId({ ...object, ...type }));
    },
    { concurrency: requestsAtOnce },
  );
  return lists
    .flat()
    .filter((id) => !keys.has(objectKey(id)))
    .map(formatObjectId)
    .sort();
}

function foundOf(document: StateDocument<unknown>): ClusterRepair['found']['record'] {
  switch (document.kind) {
    case 'absent':
      return { kind: 'absent' };
    case 'sound':
      return { kind: 'sound', digest: document.digest };
    case 'damaged':
      return { kind: 'damaged', reason: document.reason, digest: document.digest };
  }
}
