import { orAllMissing, requireAccess } from '../access/require-access.ts';
import { type BundleManifest, type ClusterBundle, type Stage, stages } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { readPromotionRecord } from '../plan/cluster-state.ts';
import type { Change, ClusterPlan, Plan } from '../plan/plan.ts';
import { type Examination, examineCluster, verifiedIdentity } from '../plan/plan-cluster.ts';
import { isService } from '../plan/prune.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject } from '../ports/objects.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { TrafficRun } from '../ports/traffic.ts';
import type { AppliedStage } from './apply-stage.ts';
import { approvedChanges, planMoved, verifyAgainstPlan } from './approved-changes.ts';
import { bringStage } from './bring-stage.ts';
import { promotionCures } from './cures.ts';
import { ensureControlPlaneNamespace } from './ensure-namespace.ts';
import { inParallel } from './in-parallel.ts';
import { type StateKeeper, stateKeeper } from './keep-state.ts';
import { type LockedCluster, lockDuration, withLease } from './lease.ts';
import type { WatchTraffic } from './watch-traffic.ts';

export interface PromoteClusterOptions {
  target: ClusterTarget;
  manifest: BundleManifest;
  bundle: ClusterBundle;
  plan: Plan;
  clusterPlan: ClusterPlan;
  /** Watches the traffic; nobody does where it is absent. */
  watchTraffic?: WatchTraffic;
  /** Told of what was measured, however the promotion ends. */
  onProbe: (probe: ProbeResult) => void;
  /** Who holds the lock, as the next one reads it. */
  holder: string;
  /** Milliseconds that the objects of a stage may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** One stage, as the record tells it. */
export interface StageReport {
  stage: Stage | 'prune';
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  seconds: number;
}

export interface ClusterPromotion {
  /** `unchanged`: the cluster ran this bundle already, and no object of it was written. */
  result: 'promoted' | 'unchanged';
  stages: StageReport[];
  /** Id of the upgrade that was open: only configuration was promoted, and the mesh is on its way elsewhere. */
  during?: string;
}

/** Carries out exactly the plan in one cluster, under its lock, and leaves the record of it there. */
export async function promoteCluster(cluster: Cluster, options: PromoteClusterOptions): Promise<ClusterPromotion> {
  const { target, manifest, bundle, plan, clusterPlan, holder, clock, reporter, signal } = options;
  const namespace = manifest.namespaces.controlPlane;
  const require = () => requireAccess(cluster, 'promote', { manifest, bundle });
  await orAllMissing(require, () => verifiedIdentity(cluster, target, clusterPlan.identity.uid));
  await require();
  // Before the first promotion not even the lock may be written to a cluster that is somebody else's.
  const isFirst = (await readPromotionRecord(cluster, namespace)) === undefined;
  if (isFirst) await examineCluster(cluster, { ...options, forceConflicts: plan.forceConflicts });
  signal.throwIfAborted();
  await ensureControlPlaneNamespace(cluster, bundle, namespace);
  return withLease(
    cluster,
    { namespace, holder, duration: lockDuration, clock, reporter, signal },
    async (locked, held) => {
      const examination = await examineCluster(locked, {
        ...options,
        forceConflicts: plan.forceConflicts,
        amends: true,
      });
      refuseUpgrade(cluster, options, examination);
      refuseUnlikeSides(cluster, options, examination);
      verifyAgainstPlan({ plan, clusterPlan }, examination);
      return carryOut(locked, { ...options, signal: held }, examination);
    },
  );
}

async function carryOut(
  cluster: LockedCluster,
  options: PromoteClusterOptions,
  examination: Examination,
): Promise<ClusterPromotion> {
  const state = await stateKeeper(cluster, options, examination);
  const changes = examination.objects.some(({ outcome }) => outcome.kind === 'change') || examination.prunes.length > 0;
  const isNews = changes || !state.isCurrent;
  const traffic = changes || isUnfinished(state, examination) ? trafficOf(cluster, options, examination) : undefined;
  try {
    await traffic?.begin();
    options.signal.throwIfAborted();
    if (isNews) await state.announce();
    const { live, reports } = await carryOutChanges(cluster, options, examination);
    await traffic?.check('the promotion');
    options.signal.throwIfAborted();
    if (isNews) await state.conclude(live);
    return {
      result: isNews ? 'promoted' : 'unchanged',
      stages: reports,
      ...(examination.open ? { during: examination.open.id } : {}),
    };
  } finally {
    const probe = await traffic?.stop();
    if (probe) options.onProbe(probe);
  }
}

/** Whether all of it may have been carried out already, and its traffic never found well. */
function isUnfinished({ isCurrent }: StateKeeper, { record, way }: Examination): boolean {
  return !isCurrent && (record?.inProgress !== undefined || way.kind === 'amendment');
}

/** To what was never promoted to there is no traffic yet. */
function trafficOf(
  cluster: Cluster,
  { watchTraffic, target, signal, reporter }: PromoteClusterOptions,
  { record }: Examination,
): TrafficRun | undefined {
  if (watchTraffic && !record?.current) {
    reporter.line(`${cluster.name} · probe: left out, for nothing was promoted here before`);
    return undefined;
  }
  return watchTraffic?.(target, { cluster, change: 'promotion', signal });
}

async function carryOutChanges(
  cluster: LockedCluster,
  options: PromoteClusterOptions,
  examination: Examination,
): Promise<{ live: KubernetesObject[]; reports: StageReport[] }> {
  const live: KubernetesObject[] = [];
  const reports: StageReport[] = [];
  for (const stage of stages) {
    const objects = examination.objects.filter(({ planned }) => planned.stage === stage);
    if (objects.length === 0) continue;
    await cluster.hold.refuseLost();
    const { result, seconds } = await timed(options.clock, () => carryOutStage(cluster, stage, options, objects));
    const { created, updated, unchanged } = result;
    reports.push({ stage, created, updated, deleted: 0, unchanged, seconds });
    live.push(...result.objects);
  }
  if (examination.prunes.length > 0) {
    const { result, seconds } = await timed(options.clock, () => prune(cluster, options, examination));
    reports.push({ stage: 'prune', created: 0, updated: 0, deleted: result, unchanged: 0, seconds });
  }
  return { live, reports };
}

function refuseUpgrade({ name }: Cluster, { manifest }: PromoteClusterOptions, { way }: Examination): void {
  if (way.kind !== 'upgrade') return;
  const { revision } = manifest.istio;
  throw new DeliveryError(
    `bundle of revision ${revision} cannot be promoted to cluster ${name}: its active revision is ${way.from.istio.revision}, and a promotion never moves a mesh from one revision to another; run upgrade start with this bundle, or set istio.revision to "${way.from.istio.revision}" in the mesh file to change the mesh as it is`,
    { code: 'RevisionChange', kind: 'refused' },
  );
}

function refuseUnlikeSides({ name }: Cluster, { manifest }: PromoteClusterOptions, { open }: Examination): void {
  const outlook = open?.commands.promote;
  if (outlook?.kind !== 'refused') return;
  throw new DeliveryError(
    `bundle ${manifest.digest} cannot be promoted to cluster ${name}: ${outlook.reason}; ${outlook.remedy}`,
    { code: outlook.code, kind: 'refused' },
  );
}

function carryOutStage(
  cluster: Cluster,
  stage: Stage,
  options: PromoteClusterOptions,
  objects: Examination['objects'],
): Promise<AppliedStage> {
  const { reporter, clusterPlan, plan, timeout, clock, signal } = options;
  return bringStage(cluster, objects, {
    stage,
    approved: approvedChanges(clusterPlan.changes),
    forceConflicts: plan.forceConflicts,
    cures: promotionCures,
    timeout,
    clock,
    reporter,
    signal,
  });
}

/** Deletes what the plan says, and only the very objects that it means; Services when the rest is gone. */
async function prune(cluster: Cluster, options: PromoteClusterOptions, { prunes }: Examination): Promise<number> {
  const rest = await deleteAll(
    cluster,
    options,
    prunes.filter((change) => !isService(change)),
  );
  return rest + (await deleteAll(cluster, options, prunes.filter(isService)));
}

async function deleteAll(cluster: Cluster, options: PromoteClusterOptions, changes: Change[]): Promise<number> {
  const deleted = await inParallel(changes, options.signal, async (change) => {
    if (change.action !== 'delete') return false;
    const done = await cluster.delete(change.id, change.uid);
    if (!done && (await cluster.get(change.id))?.metadata.uid !== undefined) {
      throw planMoved(cluster.name, [`${formatObjectId(change.id)} was deleted and created again`]);
    }
    options.reporter.line(`${cluster.name} · prune: ${formatObjectId(change.id)} deleted`);
    return done;
  });
  return deleted.filter(Boolean).length;
}

async function timed<T>(clock: Clock, work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = clock.now().getTime();
  const result = await work();
  return { result, seconds: Math.round((clock.now().getTime() - started) / 100) / 10 };
}
