import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Journal } from './journal.ts';
import { readJournal, readSignedJournal } from './keep-journal.ts';
import type { UpgradeClusterOptions } from './upgrade-cluster.ts';

/**
 * The journal that a run may go by: the cluster has signed it, or it names the very bundles of the plan that the caller
 * brings with a start. Everything else in it does no more than say how far the upgrade is.
 */
export async function trustedJournal(
  cluster: Cluster,
  namespace: string,
  options: Pick<UpgradeClusterOptions, 'command' | 'plan' | 'target'>,
): Promise<Journal | undefined> {
  try {
    return await readSignedJournal(cluster, namespace);
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.code !== 'StateForged' || options.command !== 'start') throw error;
    const journal = await readJournal(cluster, namespace);
    if (journal === undefined || !isOfPlan(journal, options)) throw error;
    return journal;
  }
}

function isOfPlan(journal: Journal, { plan, target }: Pick<UpgradeClusterOptions, 'plan' | 'target'>): boolean {
  const { old, new: coming } = journal;
  const runs = plan?.clusters.find(({ cluster }) => cluster === target.name)?.runs;
  return (
    plan?.digest === journal.plan &&
    plan.bundle === coming.bundle &&
    runs?.bundle === old.bundle &&
    old.amended === undefined &&
    coming.amended === undefined &&
    // The labels that namespaces had before are nothing that the plan knows.
    Object.values(journal.groups).every((namespaces) => Object.keys(namespaces).length === 0)
  );
}
