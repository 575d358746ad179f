import type { KubernetesObject } from '../ports/objects.ts';

/** What is needed comes before what needs it; kinds that are not here come last. */
const kinds = [
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Service',
  'Deployment',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

/** The objects of a stage in the one order in which a bundle has them: by kind, namespace and name. */
export function orderObjects(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects
    .map((object) => ({ object, key: sortKey(object) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ object }) => object);
}

function sortKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  const rank = kinds.indexOf(kind);
  const place = String(rank < 0 ? kinds.length : rank).padStart(2, '0');
  return [place, kind, apiVersion, metadata.namespace ?? '', metadata.name].join('\0');
}
