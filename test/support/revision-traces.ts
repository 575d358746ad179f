import type { Cluster, ObjectType } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { isElected, isOwnState, meshTypes } from './mesh-snapshot.ts';

const more: ObjectType[] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
];

/** Everything that has the revision in its name, its labels or what it says, as a person reads it. */
export async function tracesOf(cluster: Cluster, revision: string): Promise<string[]> {
  const lists = await Promise.all([...meshTypes, ...more].map((type) => cluster.list(type)));
  const objects = lists.flatMap(({ items }) => items).filter((object) => !isOwnState(object) && !isElected(object));
  // `1-31-0` is not to be found in `1-31-0-b`.
  const named = new RegExp(`(?<![\\w])${revision}(?!-?\\w)`);
  return objects.filter((object) => named.test(textOf(object))).map((object) => formatObjectId(objectId(object)));
}

/** Names without the hashes that controllers add, and without the mark that a restart leaves behind. */
function textOf({ kind, metadata, spec, ...rest }: KubernetesObject): string {
  const { managedFields: _managedFields, ...about } = metadata;
  const name = metadata.name.replace(/(-[a-z0-9]{8,10})?-[a-z0-9]{5}$/, '');
  return JSON.stringify({ ...rest, kind, spec, metadata: { ...about, name } }, (key, value) =>
    key === 'istio-delivery/restart' ? undefined : value,
  );
}
