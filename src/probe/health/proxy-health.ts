import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { ProxyDirectory } from '../../ports/proxies.ts';
import { lookAtProxiesOf } from '../checks/look-at-proxies.ts';
import { type ProxyPod, proxyPodsAmong } from '../checks/proxy-pods.ts';
import { attempt, reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import { istiodsOf, revisionOf } from './istiods.ts';
import type { PartHealth } from './part-health.ts';

export interface ProxyHealthOptions {
  /** Milliseconds that a proxy may be out of sync. */
  settle: number;
  /** Asked only where there are proxies. */
  proxies: () => Promise<ProxyDirectory>;
  clock: Clock;
  signal: AbortSignal;
  /** Told of proxies that are out of sync and still have time. */
  onProgress?: (text: string) => void;
}

/** How often proxies that are out of sync are asked for again, in milliseconds. */
const askEvery = 5_000;

/** Pods that one sentence names. */
const mostNamed = 10;

/**
 * Whether every ready pod with a proxy of a revision of ours is in sync. What is out of sync may be a push on its way:
 * only a proxy that stays so until the settle time is over is a trouble.
 */
export async function proxyHealth(
  cluster: Cluster,
  facts: HealthFacts,
  options: ProxyHealthOptions,
): Promise<PartHealth> {
  const { signal } = options;
  const part = (troubles: string[], unknown: string[]): PartHealth => ({ part: 'proxies', troubles, unknown });
  const pods = ownProxies(valueOf(facts.pods) ?? [], facts);
  const lost = pods.filter(({ revision }) => isHeadless(facts, revision));
  const served = (found: ProxyPod[]) => found.filter(({ revision }) => !isHeadless(facts, revision));
  const troubles = lostTroubles(lost);
  if (facts.pods.kind === 'unknown') return part(troubles, [facts.pods.reason]);
  if (served(pods).length === 0) return part(troubles, []);
  const asked = await attempt(signal, async () => {
    const directory = await options.proxies();
    return outOfSync(served(pods), options, {
      list: async () => {
        const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
        return served(ownProxies(items, facts));
      },
      look: (found) => look(found, directory),
    });
  });
  return part([...troubles, ...(valueOf(asked) ?? [])], reasonsOf(asked));
}

interface Looks {
  list: () => Promise<ProxyPod[]>;
  /** Why pods are out of sync, by their titles. */
  look: (pods: ProxyPod[]) => Promise<Map<string, string>>;
}

async function outOfSync(pods: ProxyPod[], options: ProxyHealthOptions, { list, look }: Looks): Promise<string[]> {
  const { settle, clock, signal, onProgress } = options;
  const since = clock.now();
  const giveUp = since.getTime() + settle;
  let late = await look(pods);
  for (let left = settle; late.size > 0 && left > 0; left = giveUp - clock.now().getTime()) {
    const [first = ''] = late.keys();
    const more = late.size > 1 ? ` and ${late.size - 1} more` : '';
    onProgress?.(`waits up to ${Math.ceil(left / 1000)} s for ${first}${more} to be in sync`);
    await clock.sleep(Math.min(askEvery, left), signal);
    const now = await look(await list());
    // One that was in sync in between has had a push since.
    late = new Map([...now].filter(([title]) => late.has(title)));
  }
  return [...late].map(([title, reason]) => `${title} ${reason} (since ${since.toISOString()} or before)`);
}

async function look(pods: ProxyPod[], directory: ProxyDirectory): Promise<Map<string, string>> {
  const seen = await lookAtProxiesOf(pods, directory);
  return new Map(seen.kind === 'seen' ? seen.troubles.map(({ subject, reason }) => [subject, reason]) : []);
}

/** Ready pods with a proxy of a revision that is ours: others may have a mesh of their own in the cluster. */
function ownProxies(pods: readonly KubernetesObject[], { record, upgrade, istiods }: HealthFacts): ProxyPod[] {
  const revisions = new Set([
    record?.current?.istio.revision,
    valueOf(upgrade)?.new.istio.revision,
    ...(valueOf(istiods) ?? []).map(revisionOf),
  ]);
  return proxyPodsAmong(pods).filter(({ revision }) => revisions.has(revision));
}

/** No istiod of the revision can answer. */
function isHeadless(facts: HealthFacts, revision: string): boolean {
  return istiodsOf(facts, revision) === 'not ready';
}

function lostTroubles(lost: readonly ProxyPod[]): string[] {
  return [...Map.groupBy(lost, ({ revision }) => revision)].map(([revision, pods]) => {
    const names = pods.slice(0, mostNamed).map(({ namespace, name }) => `${namespace}/${name}`);
    const more = pods.length > names.length ? ` and ${pods.length - names.length} more` : '';
    return `no istiod of revision ${revision} is ready to serve the proxies of ${names.join(', ')}${more}`;
  });
}
