import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/adapters/clock.ts';
import { type ClusterOutcome, promoteEnvironment } from '../../src/apply/promote-environment.ts';
import type { WatchTraffic } from '../../src/apply/watch-traffic.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { clusterBundle, environmentOf, planEnvironment } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import { asAccount } from './embedded.ts';
import { until } from './until.ts';
import { type Write, watchedCluster } from './watched-cluster.ts';

/** Says nothing. */
export const silent: Reporter = {
  phase: (_title, run) => run(),
  line: () => undefined,
  progress: () => undefined,
  warning: () => undefined,
  secret: () => undefined,
};

export interface PromoteOptions {
  plan?: Plan;
  /** Milliseconds for each stage to become ready. */
  timeout?: number;
  signal?: AbortSignal;
  holder?: string;
  /** Called before every write. */
  before?: (write: Write) => Promise<void> | void;
  reporter?: Reporter;
  watchTraffic?: WatchTraffic;
}

export interface Promotion {
  outcome: ClusterOutcome;
  /** Writes to objects of the bundle and to the promotion's own state, in order. */
  writes: Write[];
}

/**
 * Plans and promotes one environment of one cluster through the rooms, without a process in between; an embedded one as
 * the account that is for that.
 */
export function deliverTo(cluster: Cluster, environment: string) {
  return {
    async plan(bundle: Bundle, forceConflicts = false): Promise<Plan> {
      const looking = await asAccount(cluster, 'look', bundle);
      return planEnvironment({
        bundle,
        environment: environmentOf(bundle, environment),
        connect: () => looking,
        forceConflicts,
      });
    },

    async promote(bundle: Bundle, options: PromoteOptions = {}): Promise<Promotion> {
      const plan = options.plan ?? (await this.plan(bundle));
      const target = environmentOf(bundle, environment);
      const writes: Write[] = [];
      const watched = watchedCluster(await asAccount(cluster, 'deliver', bundle), async (write) => {
        await options.before?.(write);
        writes.push(write);
      });
      const [outcome] = await promoteEnvironment({
        bundle,
        environment: target,
        plan,
        waves: target.waves,
        connect: () => watched,
        ...(options.watchTraffic ? { watchTraffic: options.watchTraffic } : {}),
        holder: options.holder ?? 'test',
        timeout: options.timeout ?? 60_000,
        clock: systemClock,
        reporter: options.reporter ?? silent,
        signal: options.signal ?? new AbortController().signal,
      });
      if (!outcome) throw new Error('the environment has no cluster');
      return { outcome, writes };
    },
  };
}

/** resourceVersion of every object of the bundle, once nobody writes to them any more. */
export async function settledVersions(cluster: Cluster, bundle: Bundle): Promise<Map<string, string | undefined>> {
  let before = await versions(cluster, bundle);
  return until('the objects of the bundle settle', async () => {
    await sleep(1500);
    const now = await versions(cluster, bundle);
    const settled = [...now].every(([name, version]) => before.get(name) === version);
    before = now;
    return settled && now;
  });
}

/** resourceVersion of every object of the bundle; an autoscaler's controller never rests, so of it all but its status. */
export async function versions(cluster: Cluster, bundle: Bundle): Promise<Map<string, string | undefined>> {
  const objects = clusterBundle(bundle, cluster.name).stages.flatMap((stage) => stage.objects);
  const live = await Promise.all(objects.map((object) => cluster.get(objectId(object))));
  return new Map(objects.map((object, index) => [formatObjectId(objectId(object)), versionOf(live[index])]));
}

function versionOf(object: KubernetesObject | undefined): string | undefined {
  if (object?.kind !== 'HorizontalPodAutoscaler') return object?.metadata.resourceVersion;
  const { managedFields = [], labels, annotations } = object.metadata;
  return JSON.stringify([object.spec, labels, annotations, managedFields.filter((entry) => !entry.subresource)]);
}

/** The object, which must be there. */
export async function read<T extends KubernetesObject>(cluster: Cluster, id: ObjectId): Promise<T> {
  const object = await cluster.get(id);
  if (!object) throw new Error(`${formatObjectId(id)} is not there`);
  return object as T;
}
