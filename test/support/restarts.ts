import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { restartOf } from '../../src/upgrade/workloads/workload-restart.ts';

/** How often a Deployment was restarted, by its own counts. */
export interface Restarts {
  generation: number;
  /** ReplicaSets that it has had. */
  replicaSets: number;
  /** Id of the move for which it was restarted last. */
  restart?: string;
}

/** Of every Deployment of some namespaces, by name. */
export async function restartsOf(cluster: Cluster, namespaces: readonly string[]): Promise<Record<string, Restarts>> {
  const list = async (kind: string) => (await cluster.list({ apiVersion: 'apps/v1', kind })).items;
  const [deployments, replicaSets] = await Promise.all([list('Deployment'), list('ReplicaSet')]);
  const owned = ({ metadata }: KubernetesObject) =>
    replicaSets.filter((set) => ownersOf(set).includes(metadata.uid ?? '')).length;
  return Object.fromEntries(
    deployments
      .filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ''))
      .map((object) => {
        const restart = restartOf(object);
        const { generation = 0 } = object.metadata;
        return [
          formatObjectId(objectId(object)),
          { generation, replicaSets: owned(object), ...(restart === undefined ? {} : { restart }) },
        ];
      }),
  );
}

/** The same after one restart more for this move. */
export function restartedOnce(before: Record<string, Restarts>, restart: string): Record<string, Restarts> {
  return Object.fromEntries(
    Object.entries(before).map(([name, { generation, replicaSets }]) => [
      name,
      { generation: generation + 1, replicaSets: replicaSets + 1, restart },
    ]),
  );
}

function ownersOf({ metadata }: KubernetesObject): string[] {
  const owners = (metadata.ownerReferences ?? []) as { uid: string }[];
  return owners.map(({ uid }) => uid);
}
