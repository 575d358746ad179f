import pMap from 'p-map';
import type { Evidence } from '../gate/evidence.ts';
import type { Environment } from '../mesh/environment.ts';
import { type InventoryEntry, readInventory, readPromotionRecord } from '../plan/cluster-state.ts';
import { readOpenUpgrade } from '../plan/open-upgrade.ts';
import { requestsAtOnce, verifiedIdentity } from '../plan/plan-cluster.ts';
import type { Connect } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId } from '../ports/objects.ts';
import { readiness } from './readiness.ts';

/** What is not well with the promoted objects of one cluster, one sentence each. */
export async function unhealthyObjects(cluster: Cluster, inventory: InventoryEntry[]): Promise<string[]> {
  const states = await pMap(
    inventory,
    async ({ id }) => {
      const live = await cluster.get(id);
      if (!live) return `${formatObjectId(id)} is missing`;
      const state = readiness(live);
      return state.kind === 'ready' ? undefined : `${formatObjectId(id)} is not ready: ${state.reason}`;
    },
    { concurrency: requestsAtOnce },
  );
  return states.filter((state) => state !== undefined);
}

/** What the clusters of an environment themselves show, as evidence for the gate of a later one. */
export async function lookAt(
  environment: Pick<Environment, 'name' | 'clusters'>,
  options: { namespace: string; connect: Connect; clock: Clock },
): Promise<Evidence> {
  const { namespace, connect, clock } = options;
  const looks = await Promise.all(
    environment.clusters.map(async (target) => {
      const cluster = connect(target);
      await verifiedIdentity(cluster, target);
      const record = await readPromotionRecord(cluster, namespace);
      const trouble = await unhealthyObjects(cluster, await readInventory(cluster, namespace));
      const upgrade = await readOpenUpgrade(cluster, namespace);
      const open = record?.inProgress ? 'an unfinished promotion' : upgrade && `an open upgrade (${upgrade.id})`;
      return { name: target.name, bundle: record?.current?.bundle, open, trouble };
    }),
  );
  const bundles = new Set(looks.map(({ bundle }) => bundle));
  const [bundle] = bundles;
  const details = looks.flatMap(({ name, open, trouble }) => [
    ...(open ? [`${name} has ${open}`] : []),
    ...trouble.slice(0, 3).map((reason) => `${name}: ${reason}`),
  ]);
  if (bundles.size > 1) details.push('its clusters run different bundles');
  return {
    environment: environment.name,
    source: 'cluster',
    ...(bundles.size === 1 && bundle !== undefined ? { bundle } : {}),
    promoted: looks.every(({ open }) => !open),
    healthy: looks.every(({ trouble }) => trouble.length === 0),
    at: clock.now().toISOString(),
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
  };
}
