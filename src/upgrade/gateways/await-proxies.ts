import { podTrouble } from '../../apply/explain.ts';
import { readiness } from '../../apply/readiness.ts';
import { listReplicaSets } from '../../cluster/list-pods.ts';
import { ownersThrough, sharePods, type Workload } from '../../cluster/pod-owner.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { ConnectedProxy } from '../../ports/proxies.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { isLive, proxyRevision } from '../workloads/proxy-pod.ts';

export interface AwaitedProxies {
  revision: string;
  /** Workloads of ours or of istiod's, that nobody restarts for this. */
  workloads: readonly KubernetesObject[];
}

/** How often the workloads and their control plane are asked, in milliseconds. */
const askEvery = 1000;

/** Waits until every pod of the workloads is of the revision and ready, its proxy connected to it and in sync. */
export async function awaitProxies(context: UpgradeContext, { revision, workloads }: AwaitedProxies): Promise<void> {
  const { cluster, clock, reporter, signal, timeout } = context;
  const giveUp = clock.now().getTime() + timeout;
  while (true) {
    const lacks = await lacksOf(context, workloads, revision);
    const [first] = lacks;
    if (first === undefined) return;
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `cluster ${cluster.name} did not get its proxies of revision ${revision} within ${timeout / 1000} s: ${lacks.join('; ')}`,
        { remedy: 'Mend the cause, then resume', code: 'ProxiesNotSynced', retryable: true },
      );
    }
    reporter.progress(`${cluster.name} · waits for ${first}${lacks.length > 1 ? ` and ${lacks.length - 1} more` : ''}`);
    await clock.sleep(askEvery, signal);
  }
}

async function lacksOf(
  { cluster, proxies }: UpgradeContext,
  wanted: readonly KubernetesObject[],
  revision: string,
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const objects = await Promise.all(wanted.map((object) => cluster.get(objectId(object))));
  const namespaces = [...new Set(wanted.map(({ metadata }) => metadata.namespace ?? ''))];
  const [pods, sets] = await Promise.all([
    Promise.all(namespaces.map((namespace) => cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }))),
    Promise.all(namespaces.map((namespace) => listReplicaSets(cluster, { namespace }))),
  ]);
  const missing = wanted.filter((_object, index) => objects[index] === undefined);
  const present = objects.filter((object) => object !== undefined);
  const live = pods.flatMap(({ items }) => items).filter(isLive);
  const { workloads } = sharePods(present, live, ownersThrough(sets.flat()));
  try {
    const connected = await proxies.connected(revision);
    return [
      ...missing.map((object) => `${formatObjectId(objectId(object))}: it does not exist`),
      ...workloads.flatMap((workload) => lackOf(workload, revision, connected)),
    ];
  } catch (error) {
    if (error instanceof DeliveryError && error.retryable) return [messageOf(error)];
    throw error;
  }
}

function lackOf({ object, pods }: Workload, revision: string, connected: readonly ConnectedProxy[]): string[] {
  const title = formatObjectId(objectId(object));
  const state = readiness(object);
  if (state.kind !== 'ready') return [`${title}: ${state.reason}`];
  return pods.flatMap((pod) => {
    const { name, namespace } = pod.metadata;
    const injected = proxyRevision(pod);
    if (injected !== revision) return [`${title}: pod ${name} has a proxy of revision ${injected ?? 'none'}`];
    const proxy = connected.find((candidate) => candidate.pod === name && candidate.namespace === namespace);
    if (proxy === undefined) {
      const why = podTrouble(pod);
      return [`${title}: the proxy of pod ${name} is not connected to revision ${revision}${why ? ` (${why})` : ''}`];
    }
    return proxy.synced
      ? []
      : [`${title}: the proxy of pod ${name} is not in sync: ${proxy.reason ?? 'no reason given'}`];
  });
}
