import { groupOf, type KubernetesObject, type ObjectId, objectId, objectKey } from '../ports/objects.ts';

/** What keeps an object alive. */
export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  /** Unknown where the owner was told from a name alone. */
  uid?: string;
}

/** Finds the owner of a pod. */
export type OwnerOf = (pod: KubernetesObject) => Owner;

/** A workload and the pods that are its own. */
export interface Workload {
  object: KubernetesObject;
  pods: KubernetesObject[];
}

/** The controller of an object; undefined for one that stands alone. */
export function controllerOf({ metadata }: KubernetesObject): Owner | undefined {
  const owners = (metadata['ownerReferences'] ?? []) as (Owner & { controller?: boolean })[];
  const found = owners.find(({ controller }) => controller);
  if (found === undefined) return undefined;
  const { apiVersion, kind, name, uid } = found;
  return { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) };
}

/**
 * The owner of each pod, by its controllers and never by selectors: those may overlap, and a Job's pods may carry the
 * labels of a Deployment. `between` are the ReplicaSets, and Jobs where CronJobs are asked for, through which pods
 * belong to a workload. A pod that nothing controls is its own owner.
 */
export function ownersThrough(between: readonly KubernetesObject[]): OwnerOf {
  const byUid = new Map(between.map((object) => [object.metadata.uid, object]));
  return (pod) => {
    const controller = controllerOf(pod);
    if (controller === undefined) return ownerFrom(pod);
    const middle = controller.uid === undefined ? undefined : byUid.get(controller.uid);
    if (middle !== undefined) return controllerOf(middle) ?? controller;
    return (controller.kind === 'ReplicaSet' && ownerByName(pod, controller)) || controller;
  };
}

/** The label with which a controller marks the pods of each of its ReplicaSets. */
const replicaSetOwners = {
  'pod-template-hash': { apiVersion: 'apps/v1', kind: 'Deployment' },
  'rollouts-pod-template-hash': { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
};

/**
 * The workload of a ReplicaSet that is newer than the list of them, or deleted already: its name is that of its
 * Deployment or Rollout with the hash that its pods carry.
 */
function ownerByName({ metadata }: KubernetesObject, { name }: Owner): Owner | undefined {
  for (const [label, type] of Object.entries(replicaSetOwners)) {
    const hash = metadata.labels?.[label];
    if (hash !== undefined && name.endsWith(`-${hash}`)) return { ...type, name: name.slice(0, -hash.length - 1) };
  }
  return undefined;
}

/** Names the owner of an object in its namespace. */
export function ownerId({ apiVersion, kind, name }: Owner, namespace = 'default'): ObjectId {
  return { apiVersion, kind, namespace, name };
}

/** Whether that very object is the owner, and not one that has its name. */
export function isOwner({ apiVersion, kind, metadata }: KubernetesObject, owner: Owner): boolean {
  return (
    kind === owner.kind &&
    metadata.name === owner.name &&
    groupOf(apiVersion) === groupOf(owner.apiVersion) &&
    (owner.uid === undefined || metadata.uid === undefined || owner.uid === metadata.uid)
  );
}

/** The workloads with the pods that are theirs, and the pods that are nobody's of them. */
export function sharePods(
  objects: readonly KubernetesObject[],
  pods: readonly KubernetesObject[],
  ownerOf: OwnerOf,
): { workloads: Workload[]; others: KubernetesObject[] } {
  const workloads = new Map(objects.map((object) => [objectKey(objectId(object)), { object, pods: [] } as Workload]));
  const others: KubernetesObject[] = [];
  for (const pod of pods) {
    const owner = ownerOf(pod);
    const workload = workloads.get(objectKey(ownerId(owner, pod.metadata.namespace)));
    const isTheirs = workload !== undefined && isOwner(workload.object, owner);
    (isTheirs ? workload.pods : others).push(pod);
  }
  return { workloads: [...workloads.values()], others };
}

function ownerFrom({ apiVersion, kind, metadata }: KubernetesObject): Owner {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) };
}
