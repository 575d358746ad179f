import type { LabelSelector } from '../../src/mesh/label-selector.ts';
import type { Cluster, ObjectType } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import { rolloutFloor } from '../../src/upgrade/workloads/rollout-floor.ts';
import { selects } from '../../src/upgrade/workloads/workload.ts';
import { read } from './delivery.ts';
import { until } from './until.ts';

const pods: ObjectType = { apiVersion: 'v1', kind: 'Pod' };
const services: ObjectType = { apiVersion: 'v1', kind: 'Service' };

export interface Guard {
  /** Ends the watch once it has seen everything that has happened. */
  stop(): Promise<GuardReport>;
}

export interface GuardReport {
  /** Each time that something fell below its floor: the moment, and the numbers. */
  breaches: string[];
  /** Fewest ready pods of each guarded thing, as a person reads it. */
  least: Record<string, number>;
  /** Changes of pods that were seen. */
  seen: number;
}

/** Something that must not run out of ready pods. */
interface Guarded {
  name: string;
  namespace: string;
  selector: LabelSelector;
  floor: number;
  least: number;
  below: boolean;
}

/**
 * Counts the ready pods of workloads, and those behind Services with the floors given, at every change that the API
 * server tells of. Knows nothing of the program that is watched: it has watches of its own.
 */
export async function guardFloors(
  cluster: Cluster,
  workloads: readonly KubernetesObject[],
  behindServices: { service: ObjectId; floor: number }[] = [],
): Promise<Guard> {
  const end = new AbortController();
  const breaches: string[] = [];
  let seen = 0;
  const guarded = workloads.map((live) =>
    guardedOf(live, (live.spec as { selector: LabelSelector }).selector, rolloutFloor(live)),
  );
  for (const { service, floor } of behindServices) {
    const live = await read(cluster, service);
    guarded.push(guardedOf(live, selectorOfService(live), floor));
  }
  const listed = await cluster.list(pods);
  const known = new Map(listed.items.map((pod) => [keyOf(pod), pod]));

  function count(namespace = ''): void {
    const ready = [...known.values()].filter((pod) => pod.metadata.namespace === namespace && isReady(pod));
    for (const each of guarded.filter((candidate) => candidate.namespace === namespace)) {
      const now = ready.filter(({ metadata }) => selects(each.selector, metadata.labels ?? {})).length;
      each.least = Math.min(each.least, now);
      if (now < each.floor && !each.below) {
        breaches.push(`${new Date().toISOString()} ${each.name}: ${now} ready pods, its floor is ${each.floor}`);
      }
      each.below = now < each.floor;
    }
  }

  async function followPods(): Promise<void> {
    for await (const event of cluster.watch(pods, { resourceVersion: listed.resourceVersion }, end.signal)) {
      if (event.kind === 'bookmark') continue;
      seen += 1;
      if (event.kind === 'deleted') known.delete(keyOf(event.object));
      else known.set(keyOf(event.object), event.object);
      count(event.object.metadata.namespace);
    }
  }

  async function followServices(): Promise<void> {
    const { resourceVersion } = await cluster.list(services);
    for await (const event of cluster.watch(services, { resourceVersion }, end.signal)) {
      if (event.kind === 'bookmark') continue;
      const each = guarded.find(({ name }) => name === formatObjectId(objectId(event.object)));
      if (each === undefined) continue;
      each.selector = event.kind === 'deleted' ? {} : selectorOfService(event.object);
      count(each.namespace);
    }
  }

  async function isUpToDate(): Promise<boolean> {
    const { items } = await cluster.list(pods);
    const same = (pod: KubernetesObject) =>
      known.get(keyOf(pod))?.metadata.resourceVersion === pod.metadata.resourceVersion;
    return items.length === known.size && items.every(same);
  }

  for (const namespace of new Set(guarded.map((each) => each.namespace))) count(namespace);
  const watching = Promise.all([followPods(), followServices()]).then(() => {
    if (!end.signal.aborted) throw new Error('the API server ended a watch: what came after was not seen');
  });
  watching.catch(() => undefined);
  return {
    async stop() {
      await Promise.race([until('the guard has seen every pod', isUpToDate), watching]);
      end.abort();
      await watching;
      return { breaches, least: Object.fromEntries(guarded.map(({ name, least }) => [name, least])), seen };
    },
  };
}

function guardedOf(live: KubernetesObject, selector: LabelSelector, floor: number): Guarded {
  const name = formatObjectId(objectId(live));
  return { name, namespace: live.metadata.namespace ?? '', selector, floor, least: Infinity, below: false };
}

function selectorOfService({ spec }: KubernetesObject): LabelSelector {
  return { matchLabels: (spec as { selector?: Record<string, string> }).selector ?? {} };
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Whether the pod takes traffic: ready, and not on its way out. */
export function isReady({ metadata, status }: KubernetesObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  const ready = conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return ready && metadata.deletionTimestamp === undefined;
}
