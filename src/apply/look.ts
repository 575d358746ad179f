import type { Evidence } from '../gate/evidence.ts';
import type { Environment } from '../mesh/environment.ts';
import { readInventory, readPromotionRecord } from '../plan/cluster-state.ts';
import { type OpenUpgrade, readOpenUpgrade } from '../plan/open-upgrade.ts';
import { verifiedIdentity } from '../plan/plan-cluster.ts';
import type { Connect } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import { readStoredBundle } from './stored-bundle.ts';
import { unhealthyObjects } from './unhealthy-objects.ts';

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
      const stored = record?.current && (await readStoredBundle(cluster, namespace, record.current));
      const trouble = await unhealthyObjects(cluster, await readInventory(cluster, namespace), stored?.bundle);
      const upgrade = await readOpenUpgrade(cluster, namespace);
      const open = record?.inProgress ? 'an unfinished promotion' : upgrade && `an open upgrade (${openText(upgrade)})`;
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

/** Which upgrade is open, and why it goes no further where it failed. */
export function openText({ id, failure }: OpenUpgrade): string {
  return failure ? `${id}, failed at ${failure.step}: ${failure.code}: ${failure.reason}` : id;
}
