import { inParallel } from '../apply/in-parallel.ts';
import { forgetBundles } from '../apply/stored-bundle.ts';
import { writeInventory, writePromotionRecord } from '../apply/write-state.ts';
import type { ClusterBundle } from '../bundle/bundle.ts';
import { policyOf } from '../bundle/policy.ts';
import { type InventoryEntry, readInventory, readPromotionRecord } from '../plan/cluster-state.ts';
import type { UpgradeSide } from '../plan/open-upgrade.ts';
import { keptForGood, mayBeDeleted } from '../plan/prune.ts';
import { objectId } from '../ports/objects.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/** Ends the upgrade: one of its two bundles is the promoted one from now on, and the inventory is that bundle's. */
export async function closeJournal(run: UpgradeRun, state: 'finished' | 'rolled back'): Promise<void> {
  const { context, keeper } = run;
  const { cluster, namespace, clock } = context;
  const { journal } = keeper;
  const { bundle } = state === 'finished' ? run.new : run.old;
  const inventory = await readInventory(cluster, namespace);
  const kept = keptForGood(inventory, bundle).filter(({ id }) => !mayBeDeleted(id));
  await writeInventory(cluster, namespace, [...(await entriesOf(run, bundle)), ...kept]);

  const record = await readPromotionRecord(cluster, namespace);
  const promoted = ({ bundle, istio, chunks, amended }: UpgradeSide) => ({
    bundle,
    istio,
    chunks,
    ...(amended ? { amended } : {}),
  });
  const { current, previous } = record ?? {};
  const old = current && { ...current, ...promoted(journal.old) };
  const now =
    state === 'finished'
      ? {
          current: {
            ...promoted(journal.new),
            policy: policyOf(run.new.manifest),
            since: clock.now().toISOString(),
            plan: journal.plan,
          },
          ...(old ? { previous: old } : {}),
        }
      : { ...(old ? { current: old } : {}), ...(previous ? { previous } : {}) };
  // A run that was killed right here has written the record before; the new bundle must not become its own predecessor.
  if (current?.bundle !== journal.new.bundle) {
    await writePromotionRecord(cluster, namespace, {
      apiVersion: 'istio-delivery/v1',
      mesh: journal.mesh,
      environment: journal.environment,
      cluster: bundle.cluster,
      // What was rolled back leaves the cluster as its plan has found it.
      promotions: (record?.promotions ?? 0) + journal.promotions.length + (state === 'finished' ? 1 : 0),
      ...now,
    });
  }
  await keeper.write((open) => {
    open.state = state;
    delete open.failure;
  });
  const written = await readPromotionRecord(cluster, namespace);
  const bundles = [written?.current, written?.previous];
  await forgetBundles(
    cluster,
    namespace,
    bundles.flatMap((each) => each?.chunks ?? []),
  );
}

async function entriesOf({ context }: UpgradeRun, { stages }: ClusterBundle): Promise<InventoryEntry[]> {
  const { cluster, signal } = context;
  const objects = stages.flatMap(({ stage, objects }) => objects.map((object) => ({ id: objectId(object), stage })));
  return inParallel(objects, signal, async ({ id, stage }) => {
    const live = await cluster.get(id);
    return { id, stage, uid: live?.metadata.uid ?? '' };
  });
}
