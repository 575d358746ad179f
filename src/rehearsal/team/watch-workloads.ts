import { mirrorObjects } from '../../apply/object-mirror.ts';
import { readiness } from '../../apply/readiness.ts';
import { isOwner, ownersThrough } from '../../cluster/pod-owner.ts';
import { isReady } from '../../cluster/pod-readiness.ts';
import { messageOf } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../ports/objects.ts';
import { teamWorkloads } from './team-workload.ts';
import { followWorkload, type WorkloadTale } from './workload-tale.ts';

/** The team's workloads, as their pods are seen while a change runs. */
export interface WorkloadWatch {
  /** Ends the watch; what was seen of each workload, and its state at the end. */
  stop(): Promise<WatchedWorkload[]>;
}

export interface WatchedWorkload extends WorkloadTale {
  workload: string;
  /** `ready`, or what is missing. */
  state: string;
}

/** Follows the pods of all workloads from now on; what was before is not blamed on anything. */
export function watchWorkloads(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { clock }: { clock: Clock },
): WorkloadWatch {
  const ended = new AbortController();
  const workloads = teamWorkloads(objects).filter(({ isEmpty }) => !isEmpty);
  const followed = workloads.map((workload) => ({ workload, tale: followWorkload() }));
  // Through ReplicaSets, a pod's owner is told from its name.
  const ownerOf = ownersThrough([]);
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const mirrors = namespaces.map((namespace) => {
    const mirror = mirrorObjects({
      cluster,
      type: { apiVersion: 'v1', kind: 'Pod' },
      where: { namespace },
      clock,
      changed: () => look(namespace, mirror.objects()),
      trouble: () => undefined,
    });
    return mirror.follow(ended.signal);
  });

  function look(namespace: string, pods: readonly KubernetesObject[]): void {
    const at = clock.now().getTime();
    for (const { workload, tale } of followed) {
      if (workload.namespace !== namespace) continue;
      const own = pods.filter((pod) => isOwner(workload.object, ownerOf(pod)));
      tale.look(own, { at, ready: own.filter(isReady).length });
    }
  }

  async function stateOf(object: KubernetesObject): Promise<string> {
    try {
      const live = await cluster.get(objectId(object));
      if (live === undefined) return 'it is not there any more';
      const state = readiness(live);
      return state.kind === 'ready' ? 'ready' : state.reason;
    } catch (error) {
      return `its state could not be read: ${messageOf(error)}`;
    }
  }

  return {
    async stop() {
      ended.abort();
      await Promise.all(mirrors);
      const at = clock.now().getTime();
      return Promise.all(
        followed.map(async ({ workload, tale }) => ({
          workload: workload.title,
          state: await stateOf(workload.object),
          ...tale.end(at),
        })),
      );
    },
  };
}
