import pMap from 'p-map';
import { autoscalerMinimums } from '../bundle/autoscaled.ts';
import type { BundleManifest, ClusterBundle, Stage } from '../bundle/bundle.ts';
import { policyOf } from '../bundle/policy.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import type { Cluster, ClusterIdentity } from '../ports/cluster.ts';
import { groupOf, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type InventoryEntry, type PromotionRecord, readInventory } from './cluster-state.ts';
import type { FieldChange } from './field-changes.ts';
import { refuseForeignIstio } from './foreign-istio.ts';
import { istioIn } from './istio-in-cluster.ts';
import { leavingProblems } from './leaving-uses.ts';
import { refuseLostJournal, refuseLostState } from './lost-state.ts';
import { meshesOf, refuseSecondMesh } from './mesh-of-cluster.ts';
import { readOpenUpgrade } from './open-upgrade.ts';
import { type OpenUpgradeState, openUpgradeState } from './open-upgrade-state.ts';
import { refuseOtherCluster } from './other-cluster.ts';
import { type Change, type ClusterPlan, clusterPlanDigest, type InvalidObject, type Problem } from './plan.ts';
import { type ObjectPlan, type PlannedObject, planObject } from './plan-object.ts';
import { policyChanges } from './policy-changes.ts';
import { planPrune, pruneCandidates } from './prune.ts';
import { stepOf } from './step-of.ts';
import { type Way, wayOf } from './way.ts';

/** Requests to one API server at a time. */
export const requestsAtOnce = 24;

/** File and line of the team's objects, by `objectKey`. */
type Sources = Readonly<Record<string, string>>;

export interface PlanClusterOptions {
  target: ClusterTarget;
  manifest: BundleManifest;
  bundle: ClusterBundle;
  forceConflicts: boolean;
  sources?: Sources;
  /** Of a promotion: while an upgrade is open it changes nothing but configuration, whichever bundle it is. */
  amends?: boolean;
}

/** Everything that a plan of one cluster, and what comes of it, is decided from. */
export interface Examination {
  identity: ClusterIdentity;
  record: PromotionRecord | undefined;
  /** Number of promotions and upgrades carried out in the cluster. */
  promotions: number;
  inventory: InventoryEntry[];
  way: Way;
  /** The upgrade that is open, as it stands for this bundle. */
  open?: OpenUpgradeState;
  objects: ObjectPlan[];
  prunes: Change[];
  /** What keeps gateways and tags that the bundle has no longer. */
  leaving: InvalidObject[];
  /** How the policy of the bundle differs from that of the one that runs. */
  policy: FieldChange[];
}

/** Looks at every object of the bundle in the cluster. Writes nothing; refuses the wrong cluster and the wrong mesh. */
export async function examineCluster(cluster: Cluster, options: PlanClusterOptions): Promise<Examination> {
  const { target, manifest, bundle, forceConflicts } = options;
  const identity = await verifiedIdentity(cluster, target);
  const namespace = manifest.namespaces.controlPlane;
  const [meshes, inventory, open, istio] = await Promise.all([
    meshesOf(cluster),
    readInventory(cluster, namespace),
    readOpenUpgrade(cluster, namespace),
    istioIn(cluster),
  ]);
  refuseSecondMesh(cluster.name, manifest, meshes);
  const record = meshes.find((mesh) => mesh.namespace === namespace)?.record;
  refuseOtherCluster(target, record, manifest.environments);
  if (record === undefined) refuseLostState(cluster.name, manifest, istio);
  const way = wayOf(cluster.name, options, { record, open });
  const moves = way.kind === 'upgrade' || way.kind === 'continuation';
  const planned = plannedObjects(bundle, { moves, declared: manifest.fields, inventory });
  const objects = await pMap(
    planned.filter(({ stage, object }) => isLeft(way, stage, object, manifest)),
    (object) => planObject(cluster, object, { forceConflicts }),
    { concurrency: requestsAtOnce },
  );
  // Configuration takes nothing from an Istio.
  if (way.kind !== 'amendment') refuseForeignIstio(cluster.name, { manifest, bundle, inventory, istio, objects });
  const prunes = await pMap(candidates(way, inventory, bundle), (entry) => planPrune(cluster, entry, manifest.mesh), {
    concurrency: requestsAtOnce,
  });
  if (way.kind === 'promotion') refuseLostJournal(cluster.name, manifest, prunes);
  const leaving = await leavingProblems(cluster, { manifest, bundle, inventory, way });
  const given = { digest: manifest.digest, revision: manifest.istio.revision };
  return {
    identity,
    record,
    promotions: (record?.promotions ?? 0) + (open?.promotions.length ?? 0),
    inventory,
    way,
    ...(open ? { open: openUpgradeState(open, given) } : {}),
    objects,
    leaving,
    prunes: prunes.filter((change) => change !== undefined),
    // While an upgrade is open its own bundles decide, whatever an amendment says.
    policy: way.kind === 'amendment' ? [] : policyChanges(record?.current?.policy, policyOf(manifest)),
  };
}

/** While an upgrade is open, configuration is for promote to change and the rest for its steps, once and in their order. */
function isLeft(way: Way, stage: Stage, object: KubernetesObject, { upgrade }: BundleManifest): boolean {
  switch (way.kind) {
    case 'promotion':
    case 'upgrade':
      return true;
    case 'amendment':
      return stage === 'config';
    case 'continuation': {
      const step = stepOf(stage, object, upgrade);
      return stage === 'config' || !way.of.steps.some((entry) => entry.step === step && entry.status === 'done');
    }
  }
}

function candidates({ kind }: Way, inventory: InventoryEntry[], bundle: ClusterBundle): InventoryEntry[] {
  switch (kind) {
    case 'promotion':
    case 'upgrade':
    case 'continuation':
      return pruneCandidates(inventory, bundle);
    case 'amendment':
      return pruneCandidates(inventory, bundle).filter(({ stage }) => stage === 'config');
  }
}

/** What the bundle would change in one cluster. */
export async function planCluster(cluster: Cluster, options: PlanClusterOptions): Promise<ClusterPlan> {
  const pinned = options.target.identity !== undefined;
  return { ...clusterPlanOf(cluster.name, await examineCluster(cluster, options), options.sources), pinned };
}

function clusterPlanOf(cluster: string, examination: Examination, sources: Sources = {}): Omit<ClusterPlan, 'pinned'> {
  const { identity, record, promotions, way, open, objects, prunes, leaving, policy } = examination;
  const changes = [...objects.flatMap(changeOf), ...prunes];
  const problems = [...objects.flatMap((object) => problemOf(object, sources)), ...leaving];
  const unchanged = objects.filter(({ outcome }) => outcome.kind === 'unchanged').length;
  const warnings = objects.flatMap(({ form, warnings }) => warnings.map((text) => ({ id: objectId(form), text })));
  const left = objects.flatMap(({ form, left }) => left.map((field) => ({ id: objectId(form), ...field })));
  const upgrade = way.kind === 'upgrade' || way.kind === 'continuation';
  const plan = {
    cluster,
    identity,
    promotions,
    changes,
    policy,
    problems,
    ...running(record),
    upgrade,
    ...(open ? { open } : {}),
  };
  return { ...plan, unchanged, warnings, left, digest: clusterPlanDigest(plan) };
}

function running(record: PromotionRecord | undefined): Pick<ClusterPlan, 'runs'> {
  if (!record?.current) return {};
  const { bundle, istio } = record.current;
  return { runs: { bundle, istio } };
}

/** Every object of the bundle in the order of its stages, with what the rest of the bundle says about it. */
export function plannedObjects(
  bundle: ClusterBundle,
  {
    moves,
    declared = [],
    inventory,
  }: { moves: boolean; declared?: BundleManifest['fields']; inventory: readonly InventoryEntry[] },
): PlannedObject[] {
  const uids = new Map(inventory.map(({ id, uid }) => [objectKey(id), uid]));
  const scaled = autoscalerMinimums(bundle.stages.flatMap(({ objects }) => objects));
  const objectsOf = (wanted: Stage) => bundle.stages.find(({ stage }) => stage === wanted)?.objects ?? [];
  const namespaces = new Set(objectsOf('namespaces').map(({ metadata }) => metadata.name));
  const served = new Map(objectsOf('crds').map(servedVersions));
  return bundle.stages.flatMap(({ stage, objects }) =>
    objects.map((object) => ({
      object,
      stage,
      scaled: scaled.has(objectKey(objectId(object))),
      moves,
      declared,
      inBundle: {
        namespace: namespaces.has(object.metadata.namespace ?? ''),
        ...versionsIn(served, object),
      },
      ...uidIn(uids, object),
    })),
  );
}

function uidIn(uids: ReadonlyMap<string, string>, object: KubernetesObject): Pick<PlannedObject, 'uid'> {
  const uid = uids.get(objectKey(objectId(object)));
  return uid === undefined ? {} : { uid };
}

interface DefinitionSpec {
  group: string;
  names: { kind: string };
  versions: { name: string; served: boolean }[];
}

/** The versions of a type that its definition serves, under the type's name. */
function servedVersions({ spec }: KubernetesObject): [type: string, versions: string[]] {
  const { group, names, versions } = spec as DefinitionSpec;
  return [`${group}/${names.kind}`, versions.filter(({ served }) => served).map(({ name }) => name)];
}

function versionsIn(
  served: ReadonlyMap<string, string[]>,
  { apiVersion, kind }: KubernetesObject,
): Pick<PlannedObject['inBundle'], 'versions'> {
  const versions = served.get(`${groupOf(apiVersion)}/${kind}`);
  return versions ? { versions } : {};
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

function changeOf({ outcome }: ObjectPlan): Change[] {
  return outcome.kind === 'change' ? [outcome.change] : [];
}

function problemOf({ outcome }: ObjectPlan, sources: Sources): Problem[] {
  if (outcome.kind !== 'problem') return [];
  const { problem } = outcome;
  const source = sources[objectKey(problem.id)];
  return [problem.kind === 'conflict' || source === undefined ? problem : { ...problem, source }];
}
