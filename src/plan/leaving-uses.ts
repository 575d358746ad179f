import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { revisionLabel } from '../bundle/labels.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type InventoryEntry, meshLabelled } from './cluster-state.ts';
import { shortened, usesOfGateway } from './gateway-uses.ts';
import { tagOf } from './istio-in-cluster.ts';
import type { InvalidObject } from './plan.ts';
import { addressText, dropped } from './prune.ts';
import type { Way } from './way.ts';

export interface LeavingFacts {
  manifest: Pick<BundleManifest, 'mesh'>;
  bundle: ClusterBundle;
  inventory: InventoryEntry[];
  way: Way;
}

/**
 * What still uses the gateways and tags that the bundle has no longer: each may go only when nothing does. An upgrade
 * moves gateways from one revision to the other, and takes none away.
 */
export async function leavingProblems(cluster: Cluster, facts: LeavingFacts): Promise<InvalidObject[]> {
  const { manifest, bundle, inventory, way } = facts;
  if (way.kind !== 'promotion' && way.kind !== 'upgrade') return [];
  const routing = dropped(inventory, bundle).filter(({ id, stage }) => stage === 'routing' && id.kind !== 'Namespace');
  const problems = await Promise.all(
    routing.map(async ({ id }): Promise<InvalidObject[]> => {
      const live = await cluster.get(id);
      if (!live || !meshLabelled(live, manifest.mesh)) return [];
      const reason = await reasonToStay(cluster, live, facts);
      return reason === undefined ? [] : [{ kind: 'invalid', id, stage: 'routing', reason }];
    }),
  );
  return problems.flat();
}

async function reasonToStay(
  cluster: Cluster,
  live: KubernetesObject,
  { bundle, way }: LeavingFacts,
): Promise<string | undefined> {
  const tag = tagOf(live);
  if (tag !== undefined) {
    // Its Service goes with the webhook.
    if (live.kind === 'Service') return undefined;
    const users = await usersOfTag(cluster, tag, bundle);
    if (users.length === 0) return undefined;
    return `the bundle has no tag "${tag}" any more, and it is still in use: ${users.join(', ')}; no pod of theirs would get a proxy. Keep the group, or label them with another tag of the mesh first`;
  }
  if (live.kind !== 'Service') return undefined;
  const name = `gateway ${live.metadata.namespace}/${live.metadata.name}`;
  if (way.kind === 'upgrade') {
    return `the bundle has no ${name} any more, and an upgrade moves gateways and removes none; upgrade with it, and take it out of the mesh file in a promotion before or after`;
  }
  const users = await usesOfGateway(cluster, live, bundle);
  if (users.length === 0) return undefined;
  return `the bundle has no ${name} any more, and it is still in use: ${users.join(', ')}. Keep it in the mesh file, beside its successor if it has one, and promote; move the users and whoever knows its address${addressText(live)}; take it out of the mesh file when nothing uses it`;
}

/** Namespaces that keep the tag's label after the promotion, and pods that carry it themselves. */
async function usersOfTag(cluster: Cluster, tag: string, bundle: ClusterBundle): Promise<string[]> {
  const labelSelector = `${revisionLabel}=${tag}`;
  const [namespaces, pods] = await Promise.all([
    cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector, metadataOnly: true }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector, metadataOnly: true }),
  ]);
  const relabelled = new Set(
    bundle.stages
      .flatMap(({ objects }) => objects)
      .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[revisionLabel] !== undefined)
      .map((object) => objectKey(objectId(object))),
  );
  const users = [
    ...namespaces.items.filter((object) => !relabelled.has(objectKey(objectId(object)))),
    ...pods.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
  ].map((object) => formatObjectId(objectId(object)));
  return shortened(users);
}
