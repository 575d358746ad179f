import { orAllMissing } from '../access/require-access.ts';
import { verifyAgainstPlan } from '../apply/approved-changes.ts';
import { lockDuration, withLease } from '../apply/lease.ts';
import { readStoredBundle } from '../apply/stored-bundle.ts';
import type { WatchTraffic } from '../apply/watch-traffic.ts';
import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { readPromotionRecord } from '../plan/cluster-state.ts';
import { refuseOtherCluster } from '../plan/other-cluster.ts';
import type { Plan } from '../plan/plan.ts';
import { examineCluster, verifiedIdentity } from '../plan/plan-cluster.ts';
import { count } from '../plan/report/words.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { UpgradeCommand } from './cluster-upgrade.ts';
import type { Journal } from './journal.ts';
import { keepJournal, readJournal, requestPause, withdrawPause } from './keep-journal.ts';
import { moveProgress } from './move-progress.ts';
import { noteFailure } from './note-failure.ts';
import { openJournal } from './open-journal.ts';
import { gatherFacts } from './preflight/gather-facts.ts';
import { blocks, findingLines, isBlocking, type PreflightFinding, preflightFindings } from './preflight/preflight.ts';
import { proxyCensus } from './proxy-census.ts';
import { readSides } from './read-sides.ts';
import { refuseUnfit } from './refuse-unfit.ts';
import { requireUpgradeAccess } from './require-upgrade-access.ts';
import { finishUpgrade, goBack, goForward } from './run-steps.ts';
import { trustedJournal } from './trusted-journal.ts';
import type { LockedContext, UpgradeContext } from './upgrade-context.ts';
import type { UpgradeRun } from './upgrade-run.ts';
import { planOf, verifyApproval } from './verify-approval.ts';

export interface UpgradeClusterOptions {
  command: UpgradeCommand;
  target: ClusterTarget;
  /** Name of the environment that was asked for. */
  environment: string;
  manifest: BundleManifest;
  bundle: ClusterBundle;
  /** Of a start: the plan that was approved. */
  plan?: Plan;
  /** Who holds the lock, as the next one reads it. */
  holder: string;
  /** The step after which the run ends; as far as it goes otherwise. */
  until?: StepId;
  /** Ids of upgrade notes that were acknowledged. */
  acknowledged: string[];
  /** Told of everything that preflight found, whether or not it stops the upgrade. */
  onFindings: (findings: PreflightFinding[]) => void;
  /** Told of the journal as soon as there is one; it changes while the run goes on. */
  onJournal: (journal: Journal) => void;
  /** Watches the traffic; nobody does where it is absent. */
  watchTraffic?: WatchTraffic;
  /** Told of what was measured, however the run ends. */
  onProbe: (probe: ProbeResult) => void;
}

/** `current`: the cluster runs the bundle already. `not opened`: nothing but the preflight was asked for. */
export type RunEnd = 'current' | 'not opened' | 'in the journal';

/** Runs one command of an upgrade in one cluster; what it does stands in the journal. */
export async function upgradeCluster(context: UpgradeContext, options: UpgradeClusterOptions): Promise<RunEnd> {
  const { cluster, namespace, clock, reporter, signal } = context;
  const { command, target, holder, onJournal } = options;
  const isLook = command === 'status' || command === 'pause';
  const require = async () => {
    if (!isLook) await requireUpgradeAccess(cluster, options);
  };
  await orAllMissing(require, async () => {
    await verifiedIdentity(cluster, target);
    refuseOtherCluster(target, await readPromotionRecord(cluster, namespace), options.manifest.environments);
  });
  if (isLook) {
    const journal = await readJournal(cluster, namespace);
    if (journal) onJournal(journal);
    if (command === 'pause') await pause(context, journal, holder);
    return 'in the journal';
  }
  await require();
  return withLease(
    cluster,
    { namespace, holder, duration: lockDuration, clock, reporter, signal },
    async (lockedCluster, held) => {
      const locked = { ...context, cluster: lockedCluster, signal: held };
      const journal = await readJournal(cluster, namespace);
      const open = journal?.state === 'open' ? journal : undefined;
      const begun = command === 'start' && !open ? await start(locked, options) : 'in the journal';
      if (begun === 'in the journal') await goOn(locked, options);
      return begun;
    },
  );
}

async function pause({ cluster, namespace }: UpgradeContext, journal: Journal | undefined, by: string) {
  if (journal?.state !== 'open') throw nothingOpen(cluster.name, 'pause', journal);
  await requestPause(cluster, namespace, by);
}

/** Looks whether the upgrade may begin and writes its journal; nothing is written where it may not. */
async function start(context: LockedContext, options: UpgradeClusterOptions): Promise<RunEnd> {
  const { cluster, namespace, reporter } = context;
  const { target, manifest, bundle, acknowledged } = options;
  const record = await readPromotionRecord(cluster, namespace);
  if (record?.current?.bundle === manifest.digest && !record.inProgress) {
    reporter.line(`${cluster.name} runs this bundle already`);
    return 'current';
  }
  const { plan, clusterPlan } = planOf(options);
  await verifiedIdentity(cluster, target, clusterPlan.identity.uid);
  const examination = await examineCluster(cluster, {
    target,
    manifest,
    bundle,
    forceConflicts: plan.forceConflicts,
  });
  const { way } = examination;
  if (way.kind !== 'upgrade') throw notAnUpgrade(cluster.name, manifest, record?.current?.istio.revision);
  refuseUnfinished(cluster.name, record?.inProgress);
  verifyAgainstPlan({ plan, clusterPlan }, examination);
  const old = await readStoredBundle(cluster, namespace, way.from);

  const findings = await reporter.phase(
    `${cluster.name}: preflight`,
    async () => {
      const sides = { old, new: { manifest, bundle }, acknowledged };
      const found = preflightFindings(await gatherFacts({ ...context, policy: manifest.upgrade }, sides));
      // What stops the upgrade is the reason of its refusal, and stands there in full.
      for (const finding of found.filter(isBlocking)) reporter.line(`fail ${subjectOf(finding)}`);
      for (const line of findingLines(found.filter((finding) => !isBlocking(finding)))) reporter.line(line);
      return found;
    },
    (found) => !blocks(found),
  );
  options.onFindings(findings);
  if (blocks(findings)) throw preflightFailed(cluster.name, findings);
  if (options.until === 'preflight') return 'not opened';
  context.signal.throwIfAborted();

  const journal = await openJournal(
    { ...context, policy: manifest.upgrade },
    { manifest, bundle, plan, clusterPlan, examination, from: way.from, old, acknowledged },
  );
  await keepJournal(cluster, namespace, journal).write(() => undefined);
  return 'in the journal';
}

/** Takes the upgrade that is open as far as the command says. */
async function goOn(context: LockedContext, options: UpgradeClusterOptions): Promise<void> {
  const { cluster, namespace, reporter } = context;
  const { command, manifest, onJournal } = options;
  const journal = await trustedJournal(cluster, namespace, options);
  if (journal) onJournal(journal);
  if (journal?.state !== 'open') throw nothingOpen(cluster.name, command, journal);
  refuseUnfit(cluster.name, options, journal);
  if (command === 'start') await verifyApproval(cluster, options, journal);
  context.signal.throwIfAborted();
  await withdrawPause(cluster, namespace);
  const goesBack = command === 'rollback' || journal.direction === 'back';
  const keeper = keepJournal(cluster, namespace, journal);
  const { old, new: coming } = await readSides(context, keeper, { ...options, goesBack });
  const change = goesBack ? 'rollback' : 'upgrade';
  const traffic = options.watchTraffic?.(options.target, { cluster, change, signal: context.signal });
  const run: UpgradeRun = {
    context: { ...context, policy: coming.manifest.upgrade, ...(traffic ? { traffic } : {}) },
    keeper,
    old,
    new: coming,
    census: proxyCensus(cluster),
    progress: moveProgress({ ...context, policy: coming.manifest.upgrade }, journal),
  };
  if (old.manifest.istio.version === coming.manifest.istio.version) {
    reporter.line(
      `both revisions run Istio ${manifest.istio.version}: this proves the way from one to the other, not another build`,
    );
  }
  try {
    await run.census.look();
    if (goesBack) await goBack(run);
    else if (command === 'finish') await finishUpgrade(run);
    else await goForward(run, options.until);
  } catch (error) {
    await noteFailure(run, error);
    throw error;
  } finally {
    const probe = await traffic?.stop();
    if (probe) options.onProbe(probe);
  }
}

function refuseUnfinished(cluster: string, inProgress: { bundle: string } | undefined): void {
  if (inProgress === undefined) return;
  throw new DeliveryError(
    `cluster ${cluster} cannot be upgraded: a promotion of bundle ${inProgress.bundle} to it has not ended; promote that bundle again first`,
    { code: 'PromotionUnfinished', kind: 'refused' },
  );
}

function notAnUpgrade(cluster: string, { istio }: BundleManifest, active: string | undefined): DeliveryError {
  const reason =
    active === undefined ? 'nothing was ever promoted to it' : `it runs revision ${active}, the bundle's own, already`;
  return new DeliveryError(
    `cluster ${cluster} cannot be upgraded to revision ${istio.revision}: ${reason}; promote the bundle instead`,
    { code: 'NothingToUpgrade', kind: 'refused' },
  );
}

function nothingOpen(cluster: string, command: UpgradeCommand, journal: Journal | undefined): DeliveryError {
  const last = journal ? `; its last one (${journal.id}) is ${journal.state}` : '';
  return new DeliveryError(`cluster ${cluster} has no upgrade to ${command}: none is open${last}; start one`, {
    code: 'NoUpgradeOpen',
    kind: 'refused',
  });
}

function preflightFailed(cluster: string, findings: PreflightFinding[]): DeliveryError {
  const failing = findings.filter(isBlocking);
  const lines = failing.map((finding) => `${subjectOf(finding)}: ${finding.reason}; ${finding.cure}`);
  return new DeliveryError(
    `cluster ${cluster} cannot be upgraded, and nothing was written: ${count(failing.length, 'preflight check')} ${failing.length === 1 ? 'fails' : 'fail'}\n${lines.join('\n')}`,
    { code: 'PreflightFailed', kind: 'refused' },
  );
}

function subjectOf({ check, object }: PreflightFinding): string {
  return object === undefined ? check : `${check} (${object})`;
}
