import { orAllMissing, requireAccess } from '../access/require-access.ts';
import { type LockedCluster, lockDuration, withLease } from '../apply/lease.ts';
import { storeBundle } from '../apply/stored-bundle.ts';
import { writeInventory, writePromotionRecord } from '../apply/write-state.ts';
import { policyOf } from '../bundle/policy.ts';
import { DeliveryError } from '../errors.ts';
import { upgradeJournalName } from '../plan/open-upgrade.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Reporter } from '../ports/reporter.ts';
import { planClusterRepair, type RepairClusterOptions } from './plan-repair.ts';
import type { ClusterRepair, RepairPlan, RepairWrite } from './repair-plan.ts';

export interface RepairOptions extends RepairClusterOptions {
  plan: RepairPlan;
  /** Who holds the lock, as the next one reads it. */
  holder: string;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** The documents that were written. */
export type RepairedDocuments = RepairWrite['document'][];

/** Writes what the plan says of the cluster's state, under its lock, and no object of a bundle. */
export async function repairCluster(cluster: Cluster, options: RepairOptions): Promise<RepairedDocuments> {
  const { plan, target, manifest, holder, clock, reporter, signal } = options;
  const namespace = manifest.namespaces.controlPlane;
  const planned = plan.clusters.find((repair) => repair.cluster === target.name);
  const require = () => requireAccess(cluster, 'repair', options);
  refuseMoved(options, planned, await orAllMissing(require, () => planClusterRepair(cluster, options)));
  const writes = planned?.writes ?? [];
  if (writes.length === 0) return [];
  await require();
  return withLease(
    cluster,
    { namespace, holder, duration: lockDuration, clock, reporter, signal },
    async (locked, held) => {
      refuseMoved(options, planned, await planClusterRepair(locked, options));
      for (const write of writes) {
        held.throwIfAborted();
        await locked.hold.refuseLost();
        await carryOut(locked, write, options);
        reporter.line(`${cluster.name} · ${write.document} ${write.document === 'journal' ? 'deleted' : 'written'}`);
      }
      return writes.map(({ document }) => document);
    },
  );
}

async function carryOut(
  cluster: LockedCluster,
  write: RepairWrite,
  { manifest, bundle, plan, clock }: RepairOptions,
): Promise<void> {
  const namespace = manifest.namespaces.controlPlane;
  switch (write.document) {
    case 'inventory':
      return writeInventory(cluster, namespace, write.objects);
    case 'record': {
      const chunks = await storeBundle(cluster, namespace, { manifest, bundle });
      const now = clock.now();
      const { digest, istio } = manifest;
      return writePromotionRecord(cluster, namespace, {
        apiVersion: 'istio-delivery/v1',
        mesh: manifest.mesh,
        environment: plan.environment,
        cluster: bundle.cluster,
        // No earlier plan was made after as many promotions, so none of them holds again.
        promotions: Math.floor(now.getTime() / 1000),
        current: {
          bundle: digest,
          istio,
          chunks,
          policy: policyOf(manifest),
          since: now.toISOString(),
          plan: plan.digest,
        },
      });
    }
    case 'journal': {
      const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: upgradeJournalName };
      const uid = (await cluster.get(id))?.metadata.uid;
      if (uid !== undefined) await cluster.delete(id, uid);
      return;
    }
  }
}

/** What was looked at is what is written over. */
function refuseMoved({ target, plan }: RepairOptions, planned: ClusterRepair | undefined, now: ClusterRepair): void {
  if (planned?.digest === now.digest) return;
  const reason = planned
    ? `state of cluster ${target.name} is not what it was`
    : `it says nothing of cluster ${target.name}`;
  throw new DeliveryError(
    `repair plan ${plan.digest} does not hold any more: ${reason}; run repair again without a plan`,
    { code: 'PlanMoved', kind: 'refused' },
  );
}
