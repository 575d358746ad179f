import { isLost, readStoredBundle, type StoredBundle, storeBundle } from '../apply/stored-bundle.ts';
import type { ApprovedUpgrade, BundlePart } from '../apply/verify-stored.ts';
import type { UpgradeSide } from '../plan/open-upgrade.ts';
import { planHead } from '../plan/plan.ts';
import type { JournalKeeper } from './keep-journal.ts';
import type { UpgradeClusterOptions } from './upgrade-cluster.ts';
import type { UpgradeContext } from './upgrade-context.ts';

/**
 * The two bundles of the upgrade as the cluster keeps them. One that is lost or was changed is taken from the caller
 * where it is this very bundle, and kept again.
 */
export async function readSides(
  { cluster, namespace }: UpgradeContext,
  keeper: JournalKeeper,
  given: Pick<UpgradeClusterOptions, 'manifest' | 'bundle' | 'plan' | 'target'> & { goesBack: boolean },
): Promise<{ old: StoredBundle; new: StoredBundle }> {
  const { journal } = keeper;
  const read = async (name: 'old' | 'new', upgradePlan?: string): Promise<StoredBundle> => {
    const side = { ...journal[name], ...(upgradePlan === undefined ? {} : { upgradePlan }) };
    try {
      return await readStoredBundle(cluster, namespace, side);
    } catch (error) {
      const approved = upgradePlan === undefined ? undefined : approvedOf(given, upgradePlan);
      const lacksApproval = upgradePlan !== undefined && approved === undefined;
      if (!isLost(error) || !isVery(given, side) || lacksApproval) throw error;
      const part: BundlePart = { manifest: given.manifest, bundle: given.bundle };
      const chunks = await storeBundle(cluster, namespace, { ...part, ...(approved ? { approved } : {}) });
      await keeper.write((open) => {
        open[name].chunks = chunks;
      });
      return readStoredBundle(cluster, namespace, { ...side, chunks });
    }
  };
  // On the way back nothing is applied that had to be approved.
  return { old: await read('old'), new: await read('new', given.goesBack ? undefined : journal.plan) };
}

/** Whether the given bundle is the one of a side, which has no other configuration since. */
function isVery({ manifest }: BundlePart, { bundle, amended }: UpgradeSide): boolean {
  return amended === undefined && manifest.digest === bundle;
}

function approvedOf(
  { plan, target }: Pick<UpgradeClusterOptions, 'plan' | 'target'>,
  digest: string,
): ApprovedUpgrade | undefined {
  const clusterPlan = plan?.clusters.find(({ cluster }) => cluster === target.name);
  return plan?.digest === digest && clusterPlan ? { plan: planHead(plan), clusterPlan } : undefined;
}
