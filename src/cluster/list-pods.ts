import type { Cluster, ListOptions } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { controllerOf, isOwner, ownersThrough } from './pod-owner.ts';

/** Kinds whose pods belong to ReplicaSets of theirs. */
const throughReplicaSets: ReadonlySet<string> = new Set(['Deployment', 'Rollout']);

const replicaSetType = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };

/** The ReplicaSets of a namespace or of the cluster, with nothing but their metadata. */
export async function listReplicaSets(cluster: Cluster, where: ListOptions = {}): Promise<KubernetesObject[]> {
  return (await cluster.list(replicaSetType, { ...where, metadataOnly: true })).items;
}

/** What a workload has made: its ReplicaSets, and its pods. */
export async function listMade(
  cluster: Cluster,
  workload: KubernetesObject,
): Promise<{ replicaSets: KubernetesObject[]; pods: KubernetesObject[] }> {
  const { namespace = 'default' } = workload.metadata;
  const where = { namespace, ...narrowed(workload) };
  const [sets, { items }] = await Promise.all([
    throughReplicaSets.has(workload.kind) ? listReplicaSets(cluster, where) : [],
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }, where),
  ]);
  const ownerOf = ownersThrough(sets);
  return {
    replicaSets: sets.filter((set) => {
      const controller = controllerOf(set);
      return controller !== undefined && isOwner(workload, controller);
    }),
    pods: items.filter((pod) => isOwner(workload, ownerOf(pod))),
  };
}

/** A workload owns nothing that its selector does not select, so the API server need not send the rest. */
function narrowed({ spec }: KubernetesObject): { labelSelector?: string } {
  const { selector } = (spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  const pairs = Object.entries(selector?.matchLabels ?? {}).map((pair) => pair.join('='));
  return pairs.length === 0 ? {} : { labelSelector: pairs.join() };
}
