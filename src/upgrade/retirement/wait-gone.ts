import { listReplicaSets } from '../../cluster/list-pods.ts';
import { ownersThrough, sharePods } from '../../cluster/pod-owner.ts';
import { DeliveryError } from '../../errors.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { workloadTypes } from '../workloads/workload.ts';

/** An object that was deleted, as it was. */
export interface Deleted {
  id: ObjectId;
  uid: string;
  live: KubernetesObject;
}

/** Milliseconds between two looks. */
const askEvery = 500;

/** Waits until what was deleted is gone, and the pods of deleted workloads with it; `NotGone` names what is not. */
export async function waitGone(context: UpgradeContext, deleted: readonly Deleted[]): Promise<void> {
  const { cluster, clock, reporter, timeout, signal } = context;
  const giveUp = clock.now().getTime() + timeout;
  for (;;) {
    const left = await stillThere(context, deleted);
    if (left.length === 0) return;
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `${left.length} deleted objects of cluster ${cluster.name} are still there after ${Math.round(timeout / 1000)} s: ${left.join(', ')}`,
        { remedy: 'find out which finalizer or node holds them, then run it again', code: 'NotGone', retryable: true },
      );
    }
    reporter.progress(`${cluster.name} · retire: waits until ${left[0]} is gone, ${left.length} left`);
    await clock.sleep(askEvery, signal);
  }
}

async function stillThere({ cluster }: UpgradeContext, deleted: readonly Deleted[]): Promise<string[]> {
  const objects = await Promise.all(
    deleted.map(async ({ id, uid }) => ((await cluster.get(id))?.metadata.uid === uid ? [formatObjectId(id)] : [])),
  );
  const workloads = deleted.map(({ live }) => live).filter(isWorkload);
  const namespaces = [...new Set(workloads.map(({ metadata }) => metadata.namespace ?? ''))];
  const [pods, sets] = await Promise.all([
    Promise.all(namespaces.map((namespace) => cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }))),
    Promise.all(namespaces.map((namespace) => listReplicaSets(cluster, { namespace }))),
  ]);
  const there = pods.flatMap(({ items }) => items);
  const theirs = sharePods(workloads, there, ownersThrough(sets.flat())).workloads.flatMap(({ pods }) => pods);
  return [...objects.flat(), ...theirs.map((pod) => formatObjectId(objectId(pod)))];
}

function isWorkload({ kind }: KubernetesObject): boolean {
  return workloadTypes.some((type) => type.kind === kind);
}
