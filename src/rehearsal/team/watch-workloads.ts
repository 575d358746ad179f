import { mirrorObjects } from '../../apply/object-mirror.ts';
import { readiness } from '../../apply/readiness.ts';
import { isOwner, ownersThrough } from '../../cluster/pod-owner.ts';
import { isReady } from '../../cluster/pod-readiness.ts';
import { messageOf } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { ProxyCounters } from '../../ports/proxy-counters.ts';
import { type OwnRequests, requestLedger } from './request-ledger.ts';
import { teamWorkloads } from './team-workload.ts';
import { followWorkload, type WorkloadTale } from './workload-tale.ts';

/** The team's workloads, as their pods are seen while a change runs. */
export interface WorkloadWatch {
  /** The change begins: what was before is not blamed on it. */
  mark(): void;
  /** Ends the watch; what was seen of each workload, and its state at the end. */
  stop(): Promise<WatchedWorkload[]>;
}

export interface WatchedWorkload extends WorkloadTale {
  workload: string;
  /** `ready`, or what is missing. */
  state: string;
  /** By host, those that its sidecars have counted; absent where they told nothing. */
  requests?: OwnRequests[];
}

export interface WatchOptions {
  /** Tells what sidecars have counted. */
  counters: ProxyCounters;
  clock: Clock;
}

/** How often sidecars are asked, in milliseconds: more often than they take to end. */
const askEvery = 3_000;

/** Follows the pods of all workloads, and what their sidecars count, from now on. */
export function watchWorkloads(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  { counters, clock }: WatchOptions,
): WorkloadWatch {
  const ended = new AbortController();
  const workloads = teamWorkloads(objects).filter(({ isEmpty }) => !isEmpty);
  const followed = workloads.map((workload) => ({
    workload,
    tale: followWorkload(),
    ledger: requestLedger(),
    pods: [] as KubernetesObject[],
  }));
  let marked = false;
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
    for (const each of followed) {
      const { workload, tale } = each;
      if (workload.namespace !== namespace) continue;
      each.pods = pods.filter((pod) => isOwner(workload.object, ownerOf(pod)));
      if (marked) tale.look(each.pods, seenNow(each.pods));
    }
  }

  function seenNow(pods: readonly KubernetesObject[]) {
    return { at: clock.now().getTime(), ready: pods.filter(isReady).length };
  }

  /** A proxy that is just coming or going tells nothing, and is asked again. */
  async function count(): Promise<void> {
    const asked = followed.flatMap(({ pods, ledger }) => pods.filter(hasSidecar).map((pod) => ({ pod, ledger })));
    await Promise.all(
      asked.map(async ({ pod: { metadata }, ledger }) => {
        const { name, namespace = 'default', uid = name, creationTimestamp } = metadata;
        const counted = await counters.outbound({ namespace, name }).catch(() => undefined);
        if (counted) ledger.note({ uid, created: Date.parse(String(creationTimestamp)) }, counted);
      }),
    );
  }

  async function keepCounting(): Promise<void> {
    while (!ended.signal.aborted) {
      await count();
      await clock.sleep(askEvery, ended.signal).catch(() => undefined);
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

  const counting = keepCounting();
  return {
    mark() {
      marked = true;
      for (const { tale, ledger, pods } of followed) {
        ledger.mark(clock.now().getTime());
        tale.look(pods, seenNow(pods));
      }
    },
    async stop() {
      ended.abort();
      await Promise.all([...mirrors, counting]);
      await count();
      const at = clock.now().getTime();
      return Promise.all(
        followed.map(async ({ workload, tale, ledger }) => {
          const requests = ledger.requests();
          return {
            workload: workload.title,
            state: await stateOf(workload.object),
            ...tale.end(at),
            ...(requests.length === 0 ? {} : { requests }),
          };
        }),
      );
    },
  };
}

function hasSidecar({ status }: KubernetesObject): boolean {
  const { containerStatuses = [], initContainerStatuses = [] } = (status ?? {}) as Record<
    string,
    { name: string; state?: { running?: unknown } }[] | undefined
  >;
  return [...containerStatuses, ...initContainerStatuses].some(
    ({ name, state }) => name === 'istio-proxy' && state?.running !== undefined,
  );
}
