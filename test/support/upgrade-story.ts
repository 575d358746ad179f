import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { deliverTo } from './delivery.ts';
import type { Embedded } from './embedded.ts';
import { applyAsTeam, renderBoth, smallMesh, teamDeployment } from './upgrade.ts';

/** What the tests of upgrades of one cluster share. */
export interface UpgradeStory {
  embedded: Embedded;
  cluster: Cluster;
  delivery: ReturnType<typeof deliverTo>;
  bundles: { old: Bundle; new: Bundle };
}

/** Promotes the small mesh at its old revision, with two workloads in each of its namespaces. */
export async function beginUpgradeStory(embedded: Embedded): Promise<UpgradeStory> {
  const bundles = await renderBoth(embedded);
  const cluster = embedded.cluster('dev');
  const delivery = deliverTo(cluster, 'dev');
  const { outcome } = await delivery.promote(bundles.old);
  if (outcome.result !== 'promoted') throw new Error(JSON.stringify(outcome));
  await deployReady(cluster, teamsOf(smallMesh));
  return { embedded, cluster, delivery, bundles };
}

/** Two Deployments for each namespace of the groups. */
export function teamsOf(groups: Record<string, string[]>): KubernetesObject[] {
  return Object.values(groups)
    .flat()
    .flatMap((namespace) => [teamDeployment(namespace, 'web'), teamDeployment(namespace, 'api')]);
}

/** Applies workloads as their teams do, and waits until they are ready. */
export async function deployReady(cluster: Cluster, workloads: KubernetesObject[]): Promise<void> {
  const live = await applyAsTeam(cluster, workloads);
  await waitReady(cluster, live, { timeout: 60_000, clock: systemClock, signal: new AbortController().signal });
}
