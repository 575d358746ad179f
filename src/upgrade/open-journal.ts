import { randomBytes } from 'node:crypto';
import { announced, announceObjects } from '../apply/keep-state.ts';
import { type StoredBundle, storeBundle } from '../apply/stored-bundle.ts';
import { refuseLargeInventory } from '../apply/write-state.ts';
import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { stageDigests } from '../bundle/bundle-digest.ts';
import type { PromotedBundle } from '../plan/cluster-state.ts';
import type { UpgradeSide } from '../plan/open-upgrade.ts';
import { type ClusterPlan, type Plan, planHead } from '../plan/plan.ts';
import type { Examination } from '../plan/plan-cluster.ts';
import { stepsOf } from '../plan/upgrade-steps.ts';
import type { Journal } from './journal.ts';
import type { LockedContext } from './upgrade-context.ts';

export interface OpenOptions {
  manifest: BundleManifest;
  bundle: ClusterBundle;
  plan: Plan;
  clusterPlan: ClusterPlan;
  examination: Examination;
  from: PromotedBundle;
  old: StoredBundle;
  acknowledged: string[];
}

/**
 * The journal of an upgrade that begins, still to be written: the bytes of its bundle and the objects that may come to
 * be are in the cluster when this returns, so that every later run knows as much as this one.
 */
export async function openJournal({ cluster, clock, policy, namespace }: LockedContext, options: OpenOptions) {
  const { manifest, bundle, plan, clusterPlan, examination, from, old, acknowledged } = options;
  const approved = { plan: planHead(plan), clusterPlan };
  refuseLargeInventory(announced(examination));
  const chunks = await storeBundle(cluster, namespace, { manifest, bundle, approved });
  await announceObjects(cluster, namespace, examination);
  const side = (about: Pick<UpgradeSide, 'bundle' | 'istio' | 'chunks'>, held: ClusterBundle): UpgradeSide => ({
    bundle: about.bundle,
    istio: about.istio,
    chunks: about.chunks,
    stages: stageDigests(held.stages),
  });
  const since = clock.now().toISOString();
  const journal: Journal = {
    apiVersion: 'istio-delivery/v1',
    id: `${from.istio.revision}-to-${manifest.istio.revision}-${randomBytes(3).toString('hex')}`,
    mesh: manifest.mesh,
    environment: plan.environment,
    plan: plan.digest,
    state: 'open',
    old: side(from, old.bundle),
    new: side({ bundle: manifest.digest, istio: manifest.istio, chunks }, bundle),
    since,
    promotions: [],
    direction: 'forward',
    steps: stepsOf(policy).map((step) =>
      step === 'preflight' ? { step, status: 'done', started: since, finished: since } : { step, status: 'pending' },
    ),
    groups: {},
    acknowledged,
    timeline: [],
  };
  return journal;
}
