import type { Cluster, ObjectType } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { isOfAccounts } from './accounts.ts';

/** Types of everything that a mesh consists of, its pods apart. */
export const meshTypes: ObjectType[] = [
  ...['Namespace', 'Service', 'ConfigMap', 'ServiceAccount'].map((kind) => ({ apiVersion: 'v1', kind })),
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
  })),
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map((kind) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
  })),
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'networking.istio.io/v1', kind: 'Gateway' },
  { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
  { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' },
  { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry' },
];

/**
 * What a mesh consists of, by object: everything that somebody has decided, without what counts changes (versions,
 * times, owners of fields), what a restart leaves behind, and what the product notes of itself.
 */
export async function meshSnapshot(cluster: Cluster): Promise<Record<string, unknown>> {
  const lists = await Promise.all(meshTypes.map((type) => cluster.list(type)));
  const objects = lists.flatMap(({ items }) => items).filter((object) => !isOwnState(object) && !isElected(object));
  const pods = (await cluster.list({ apiVersion: 'v1', kind: 'Pod' })).items.filter(isLive);
  return {
    ...Object.fromEntries(objects.map((object) => [formatObjectId(objectId(object)), decided(object)])),
    ...countBy(pods, (pod) => `pods of ${pod.metadata.namespace} with revision ${proxyRevision(pod) ?? 'none'}`),
  };
}

/** What the product notes of itself, and the accounts that it works as. */
export function isOwnState(object: KubernetesObject): boolean {
  const { kind, metadata } = object;
  if (isOfAccounts(object)) return true;
  return kind === 'ConfigMap' && metadata.labels?.['app.kubernetes.io/managed-by'] === 'istio-delivery';
}

/** istiods elect their leaders in ConfigMaps. */
export function isElected({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] !== undefined;
}

function decided({ metadata, status: _status, spec, ...rest }: KubernetesObject): unknown {
  const { labels, annotations = {} } = metadata;
  const { 'deployment.kubernetes.io/revision': _revision, ...kept } = annotations;
  return JSON.parse(
    JSON.stringify({ ...rest, spec, labels, annotations: kept }, (key, value) =>
      key.startsWith('istio-delivery/restart') || key === 'resourceVersion' ? undefined : value,
    ),
    // A template that never had annotations gets an empty mapping from the restart that is left out here.
    (key, value) => (key === 'annotations' && Object.keys(value).length === 0 ? undefined : value),
  );
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(items, key)].map(([name, all]) => [name, all.length]));
}
