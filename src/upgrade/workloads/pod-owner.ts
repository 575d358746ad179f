import type { KubernetesObject, ObjectId } from '../../ports/objects.ts';
import type { Workload } from './workload.ts';

/** What keeps a pod alive. */
export interface PodOwner {
  apiVersion: string;
  kind: string;
  name: string;
}

interface OwnerReference extends PodOwner {
  controller?: boolean;
}

/** The label with which a controller marks the pods of each of its ReplicaSets. */
const replicaSetOwners = {
  'pod-template-hash': { apiVersion: 'apps/v1', kind: 'Deployment' },
  'rollouts-pod-template-hash': { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
};

/** The controller of an object; undefined for one that stands alone. */
export function controllerOf({ metadata }: KubernetesObject): PodOwner | undefined {
  return ((metadata.ownerReferences ?? []) as OwnerReference[]).find(({ controller }) => controller);
}

/**
 * The workload that a pod belongs to, by its controller: selectors may overlap, and a Job's pods may carry the labels
 * of a Deployment. The name of a ReplicaSet is that of its Deployment or Rollout with the hash that its pods carry.
 */
export function workloadNameOf(pod: KubernetesObject): PodOwner | undefined {
  const controller = controllerOf(pod);
  if (controller?.kind !== 'ReplicaSet') return controller;
  const { labels = {} } = pod.metadata;
  for (const [label, type] of Object.entries(replicaSetOwners)) {
    const suffix = `-${labels[label]}`;
    if (labels[label] !== undefined && controller.name.endsWith(suffix)) {
      return { ...type, name: controller.name.slice(0, -suffix.length) };
    }
  }
  return controller;
}

/** What a person would name as the pod's owner: its workload, or its controller, or the pod itself where none is. */
export function podOwner(pod: KubernetesObject): ObjectId {
  const { name, namespace = 'default' } = pod.metadata;
  const owner = workloadNameOf(pod) ?? { apiVersion: 'v1', kind: 'Pod', name };
  return { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name };
}

/** The workloads of one namespace with the pods that are theirs, and the pods that are nobody's of them. */
export function sharePods(
  objects: readonly KubernetesObject[],
  pods: readonly KubernetesObject[],
): { workloads: Workload[]; others: KubernetesObject[] } {
  const workloads = new Map(objects.map((object) => [keyOf(object.kind, object.metadata.name), { object, pods: [] }]));
  const others: KubernetesObject[] = [];
  for (const pod of pods) {
    const owner = workloadNameOf(pod);
    const workload: Workload | undefined = owner && workloads.get(keyOf(owner.kind, owner.name));
    (workload?.pods ?? others).push(pod);
  }
  return { workloads: [...workloads.values()], others };
}

function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}
