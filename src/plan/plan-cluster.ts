import pMap from 'p-map';
import { autoscalerMinimums } from '../bundle/autoscaled.ts';
import type { BundleManifest, ClusterBundle, Stage } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import type { Cluster, ClusterIdentity } from '../ports/cluster.ts';
import { groupOf, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type InventoryEntry, type PromotionRecord, readInventory, readPromotionRecord } from './cluster-state.ts';
import { readOpenUpgrade } from './open-upgrade.ts';
import { type Change, type ClusterPlan, clusterPlanDigest, type Problem } from './plan.ts';
import { type ObjectPlan, type PlannedObject, planObject } from './plan-object.ts';
import { planPrune, pruneCandidates, retirementCandidates } from './prune.ts';
import { type Way, wayOf } from './way.ts';

/** Requests to one API server at a time. */
export const requestsAtOnce = 24;

export interface PlanClusterOptions {
  target: ClusterTarget;
  manifest: BundleManifest;
  bundle: ClusterBundle;
  forceConflicts: boolean;
}

/** Everything that a plan of one cluster, and what comes of it, is decided from. */
export interface Examination {
  identity: ClusterIdentity;
  record: PromotionRecord | undefined;
  inventory: InventoryEntry[];
  way: Way;
  objects: ObjectPlan[];
  prunes: Change[];
}

/** Looks at every object of the bundle in the cluster. Writes nothing; refuses the wrong cluster and the wrong mesh. */
export async function examineCluster(cluster: Cluster, options: PlanClusterOptions): Promise<Examination> {
  const { target, manifest, bundle, forceConflicts } = options;
  const identity = await verifiedIdentity(cluster, target);
  const namespace = manifest.namespaces.controlPlane;
  const [record, inventory, open] = await Promise.all([
    readPromotionRecord(cluster, namespace),
    readInventory(cluster, namespace),
    readOpenUpgrade(cluster, namespace),
  ]);
  refuseOtherMesh(cluster.name, manifest, record?.mesh);
  const way = wayOf(cluster.name, options, { record, open });
  const planned = plannedObjects(bundle, { moves: way.kind === 'upgrade', declared: manifest.fields });
  const objects = await pMap(
    way.kind === 'amendment' ? planned.filter(({ stage }) => stage === 'config') : planned,
    (object) => planObject(cluster, object, { forceConflicts, salt: identity.uid }),
    { concurrency: requestsAtOnce },
  );
  const prunes = await pMap(candidates(way, inventory, bundle), (entry) => planPrune(cluster, entry, manifest.mesh), {
    concurrency: requestsAtOnce,
  });
  return { identity, record, inventory, way, objects, prunes: prunes.filter((change) => change !== undefined) };
}

function candidates({ kind }: Way, inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  switch (kind) {
    case 'promotion':
      return pruneCandidates(inventory, bundle);
    case 'upgrade':
      return retirementCandidates(inventory, bundle);
    case 'amendment':
      return pruneCandidates(inventory, bundle).filter(({ stage }) => stage === 'config');
  }
}

/** What the bundle would change in one cluster. */
export async function planCluster(cluster: Cluster, options: PlanClusterOptions): Promise<ClusterPlan> {
  return clusterPlanOf(cluster.name, await examineCluster(cluster, options));
}

export function clusterPlanOf(cluster: string, { identity, way, objects, prunes }: Examination): ClusterPlan {
  const changes = [...objects.flatMap(changeOf), ...prunes];
  const problems = objects.flatMap(problemOf);
  const unchanged = objects.filter(({ outcome }) => outcome.kind === 'unchanged').length;
  const plan = { cluster, identity, changes, problems, ...upgradeFrom(way) };
  const left = objects.flatMap(({ form, left }) => left.map((field) => ({ id: objectId(form), ...field })));
  return { ...plan, unchanged, ...(left.length > 0 ? { left } : {}), digest: clusterPlanDigest(plan) };
}

function upgradeFrom(way: Way): Pick<ClusterPlan, 'upgrade'> {
  if (way.kind !== 'upgrade') return {};
  const { bundle, istio } = way.from;
  return { upgrade: { bundle, istio } };
}

/** Every object of the bundle in the order of its stages, with what the rest of the bundle says about it. */
export function plannedObjects(
  bundle: ClusterBundle,
  { moves, declared = [] }: { moves: boolean; declared?: BundleManifest['fields'] },
): PlannedObject[] {
  const scaled = autoscalerMinimums(bundle.stages.flatMap(({ objects }) => objects));
  const objectsOf = (wanted: Stage) => bundle.stages.find(({ stage }) => stage === wanted)?.objects ?? [];
  const namespaces = new Set(objectsOf('namespaces').map(({ metadata }) => metadata.name));
  const types = new Set(objectsOf('crds').map(typeOfDefinition));
  return bundle.stages.flatMap(({ stage, objects }) =>
    objects.map((object) => ({
      object,
      stage,
      scaled: scaled.has(objectKey(objectId(object))),
      moves,
      declared,
      inBundle: {
        namespace: namespaces.has(object.metadata.namespace ?? ''),
        type: types.has(`${groupOf(object.apiVersion)}/${object.kind}`),
      },
    })),
  );
}

function typeOfDefinition(definition: KubernetesObject): string {
  const { group, names } = definition.spec as { group: string; names: { kind: string } };
  return `${group}/${names.kind}`;
}

/** The identity of the cluster that the context leads to; refuses one that is not the `expected` or the pinned one. */
export async function verifiedIdentity(
  cluster: Cluster,
  target: ClusterTarget,
  expected = target.identity,
): Promise<ClusterIdentity> {
  const identity = await cluster.identity();
  for (const uid of [expected, target.identity]) {
    if (uid === undefined || uid === identity.uid) continue;
    throw new DeliveryError(
      `cluster ${cluster.name} is not the one that is meant: context "${target.context}" leads to kube-system ${identity.uid}, expected ${uid}; correct the context or the identity in the mesh file, or plan again`,
      { code: 'ClusterMismatch', kind: 'refused' },
    );
  }
  return identity;
}

function refuseOtherMesh(cluster: string, { mesh }: BundleManifest, known: string | undefined): void {
  if (known === undefined || known === mesh) return;
  throw new DeliveryError(
    `bundle of mesh ${mesh} cannot be promoted to cluster ${cluster}: it belongs to mesh ${known}; correct the context in the mesh file, or the mesh's name`,
    { code: 'AnotherMesh', kind: 'refused' },
  );
}

function changeOf({ outcome }: ObjectPlan): Change[] {
  return outcome.kind === 'change' ? [outcome.change] : [];
}

function problemOf({ outcome }: ObjectPlan): Problem[] {
  return outcome.kind === 'problem' ? [outcome.problem] : [];
}
