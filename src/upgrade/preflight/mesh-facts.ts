import type { StoredBundle } from '../../apply/stored-bundle.ts';
import type { Stage } from '../../bundle/bundle.ts';
import { meshLabel, tagLabel } from '../../bundle/labels.ts';
import { ownersThrough, sharePods, type Workload } from '../../cluster/pod-owner.ts';
import type { GroupPolicy, UpgradePolicy } from '../../mesh/upgrade-policy.ts';
import type { InventoryEntry } from '../../plan/cluster-state.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { InjectorProbe } from '../injection/probe-injector.ts';
import type { RevisionFacts } from '../retirement/revision-facts.ts';
import { groupNamespaces } from '../workloads/group-namespaces.ts';
import { labelsAtTag } from '../workloads/namespace-label.ts';
import { decideMove, type MoveDecision } from '../workloads/workload-move.ts';

/** All that the checks look at: both bundles, the policy, and the cluster's objects at one moment. */
export interface MeshFacts {
  old: StoredBundle;
  new: StoredBundle;
  policy: UpgradePolicy;
  /** Namespace of the control plane. */
  namespace: string;
  /** Ids of the upgrade notes that were acknowledged. */
  acknowledged: readonly string[];
  /** Version of the API server, as `v1.34.2`. */
  kubernetes: string;
  /** What the injector of the old revision did with a pod. */
  injector: InjectorProbe;
  inventory: readonly InventoryEntry[];
  namespaces: readonly KubernetesObject[];
  /** Of every type that makes pods from a template. */
  workloads: readonly KubernetesObject[];
  /** Those that run or are to start. */
  pods: readonly KubernetesObject[];
  /** Through which pods belong to Deployments and Rollouts; nothing but their metadata. */
  replicaSets: readonly KubernetesObject[];
  budgets: readonly KubernetesObject[];
  autoscalers: readonly KubernetesObject[];
  definitions: readonly KubernetesObject[];
  /** Configurations of webhooks, mutating and validating. */
  webhooks: readonly KubernetesObject[];
  services: readonly KubernetesObject[];
  /** Of the namespaces that Istio's webhooks point into, that of the control plane among them. */
  endpointSlices: readonly KubernetesObject[];
  /** Of the control plane's namespace, those that carry a revision. */
  configMaps: readonly KubernetesObject[];
  envoyFilters: readonly KubernetesObject[];
  /** Of every type of Istio's configuration that the cluster serves, those that name a revision. */
  boundConfig: readonly KubernetesObject[];
  /** Of the Gateway API, as the classes and the routes are. */
  gateways: readonly KubernetesObject[];
  gatewayClasses: readonly KubernetesObject[];
  /** Objects of the types that Istio reads only from some bundles of the Gateway API. */
  routes: readonly KubernetesObject[];
  /** CronJobs, and Jobs that have not ended. */
  jobs: readonly KubernetesObject[];
  /** Objects with the mesh's label of every type that the bundles have and that may be deleted; only their metadata. */
  labelled: readonly KubernetesObject[];
  /** Proxies that the old revision serves and that are no pods of this cluster, or why that is not known. */
  connected: RevisionFacts['connected'];
  /** Names of clusters whose proxies the control plane may serve. */
  remoteClusters: readonly string[];
}

/** One workload of a group. */
export interface GroupWorkload extends Workload {
  group: GroupPolicy;
  /** What the upgrade will do with it when it comes to its namespace. */
  move: MoveDecision;
}

/** As reports name an object. */
export function nameOf(object: KubernetesObject): string {
  return formatObjectId(objectId(object));
}

export function revisionOf({ manifest }: StoredBundle): string {
  return manifest.istio.revision;
}

export function versionOf({ manifest }: StoredBundle): string {
  return manifest.istio.version;
}

export function stageObjects({ bundle }: StoredBundle, stage: Stage): KubernetesObject[] {
  return bundle.stages.find((each) => each.stage === stage)?.objects ?? [];
}

/** Each live namespace of each group. One that is in two groups comes twice. */
export function groupedNamespaces(facts: MeshFacts): { group: GroupPolicy; namespace: KubernetesObject }[] {
  const byName = new Map(facts.namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  return facts.policy.groups.flatMap((group) =>
    groupNamespaces(group, facts.namespaces).flatMap((name) => {
      const namespace = byName.get(name);
      return namespace ? [{ group, namespace }] : [];
    }),
  );
}

/** Every workload of the cluster with its pods. */
export function allWorkloads({ workloads, pods, replicaSets }: MeshFacts): Workload[] {
  return sharePods(workloads, pods, ownersThrough(replicaSets)).workloads;
}

/** Every workload in the groups' namespaces with its pods. */
export function groupWorkloads(facts: MeshFacts): GroupWorkload[] {
  const byNamespace = Map.groupBy(allWorkloads(facts), ({ object }) => object.metadata.namespace);
  return groupedNamespaces(facts).flatMap(({ group, namespace: { metadata } }) => {
    const namespaceLabels = labelsAtTag(metadata.labels ?? {}, group);
    // No workload carries the id of a move that has not begun.
    const move = { namespaceLabels, revision: revisionOf(facts.new), restart: '' };
    const here = byNamespace.get(metadata.name) ?? [];
    return here.map((workload) => ({ ...workload, group, move: decideMove(workload, move) }));
  });
}

/** The workloads that the upgrade rolls: it restarts them, or moves the tag at which istiod rolls them. */
export function rollingWorkloads(facts: MeshFacts): GroupWorkload[] {
  return groupWorkloads(facts).filter(
    ({ move }) => move.kind === 'roll' || (move.kind === 'skip' && move.why === 'gateway'),
  );
}

/** The workloads that are to have the new revision: those that the upgrade rolls, and those that stand still. */
export function movingWorkloads(facts: MeshFacts): GroupWorkload[] {
  return groupWorkloads(facts).filter(
    ({ move }) =>
      move.kind === 'roll' || (move.kind === 'skip' && (move.why === 'gateway' || move.why === 'standstill')),
  );
}

/** Names of the namespaces that the mesh itself lives in: of its root, its control plane, its gateways. */
export function meshNamespaces({ old, new: next }: MeshFacts): Set<string> {
  const names = [old, next].flatMap((side) => [
    side.manifest.namespaces.root,
    side.manifest.namespaces.controlPlane,
    ...stageObjects(side, 'namespaces')
      .filter(({ metadata }) => metadata.labels?.[meshLabel] !== undefined)
      .map(({ metadata }) => metadata.name),
  ]);
  return new Set(names);
}

/** Every revision tag of the mesh, that of the Gateway API and the default one among them. */
export function meshTags({ old, new: next, policy }: MeshFacts): Set<string> {
  const rendered = [old, next].flatMap((side) =>
    stageObjects(side, 'routing').flatMap(({ metadata }) => metadata.labels?.[tagLabel] ?? []),
  );
  const { groups, gatewayApiTag } = policy;
  return new Set([
    'default',
    ...groups.map(({ tag }) => tag),
    ...(gatewayApiTag === undefined ? [] : [gatewayApiTag]),
    ...rendered,
  ]);
}
