import { orAllMissing } from '../access/require-access.ts';
import { noteWrites } from '../apply/note-writes.ts';
import type { WatchTraffic } from '../apply/watch-traffic.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError, isStop } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import type { Plan } from '../plan/plan.ts';
import { type Connect, clusterBundle, type UnplannedCluster } from '../plan/plan-environment.ts';
import type { StepId } from '../plan/upgrade-steps.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { ClusterUpgrade, UpgradeCommand } from './cluster-upgrade.ts';
import type { Journal } from './journal.ts';
import { meshState } from './mesh-state.ts';
import { countOverAlready, isOverAlready } from './over-already.ts';
import type { PreflightFinding } from './preflight/preflight.ts';
import { requireUpgradeAccess } from './require-upgrade-access.ts';
import { upgradeCluster } from './upgrade-cluster.ts';

export interface UpgradeEnvironmentOptions {
  command: UpgradeCommand;
  bundle: Bundle;
  environment: Environment;
  /** Of a start. */
  plan?: Plan;
  /** Clusters that the plan could not be made for, where it was made here and now. */
  unplanned?: readonly UnplannedCluster[];
  /** Waves to go through, in order, each the names of its clusters. */
  waves: string[][];
  connect: Connect;
  /** Asks the control planes of a cluster about their proxies. */
  proxiesOf: (target: ClusterTarget) => ProxyDirectory;
  /** Watches the traffic of a cluster while it is upgraded; nobody does where it is absent. */
  watchTraffic?: WatchTraffic;
  holder: string;
  /** How a failure is told; with its remedy, which is one for an environment, where nothing is said. */
  reasonOf?: (error: DeliveryError) => string;
  until?: StepId;
  acknowledged: string[];
  /** Milliseconds that any one thing may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/** Goes through wave after wave, the clusters of a wave side by side; a cluster that does not get through stops later waves. */
export async function upgradeEnvironment(options: UpgradeEnvironmentOptions): Promise<ClusterUpgrade[]> {
  const outcomes: ClusterUpgrade[] = [];
  const looksOnly = options.command === 'status' || options.command === 'pause';
  const asked = { command: options.command, bundle: options.bundle.manifest.digest };
  const stops = (outcome: ClusterUpgrade) => isBarred(outcome) && !isOverAlready(outcome, asked);
  for (const wave of options.waves) {
    const reason = looksOnly ? undefined : notStarted(options.signal, outcomes.some(stops));
    outcomes.push(
      ...(reason !== undefined
        ? wave.map((cluster): ClusterUpgrade => ({ cluster, state: 'as before', findings: [], ...reason }))
        : await Promise.all(wave.map((cluster) => outcomeOf(cluster, options)))),
    );
  }
  return countOverAlready(outcomes, asked);
}

type NotStarted = Pick<ClusterUpgrade, 'result' | 'code' | 'reason' | 'interrupted'>;

/** Why the next wave is not begun; undefined where it is. */
function notStarted({ aborted }: AbortSignal, isBarredBefore: boolean): NotStarted | undefined {
  if (aborted) return interruptedBefore;
  if (!isBarredBefore) return undefined;
  return { result: 'not started', code: 'EarlierWave', reason: 'an earlier wave did not get through' };
}

const interruptedBefore: NotStarted = {
  result: 'not started',
  code: 'Interrupted',
  reason: 'interrupted, nothing was written',
  interrupted: true,
};

/** `stopped` stops no wave: every cluster goes as far as was asked for. */
function isBarred({ result }: ClusterUpgrade): boolean {
  return result === 'failed' || result === 'refused' || result === 'paused';
}

async function outcomeOf(name: string, options: UpgradeEnvironmentOptions): Promise<ClusterUpgrade> {
  const { bundle, environment, connect, proxiesOf, signal } = options;
  let findings: PreflightFinding[] = [];
  let journal: Journal | undefined;
  let probe: ProbeResult | undefined;
  const about = () => ({
    cluster: name,
    findings,
    state: journal ? meshState(journal) : 'no upgrade was ever begun',
    ...(journal ? { journal } : {}),
    ...(probe ? { probe } : {}),
  });
  let hasWritten = () => false;
  const target = environment.clusters.find((candidate) => candidate.name === name);
  if (!target) {
    throw new DeliveryError(`cluster ${name} is not one of ${environment.name}; render the bundle again`, {
      code: 'BundleIncomplete',
    });
  }
  try {
    const unplanned = options.unplanned?.find(({ cluster }) => cluster === name);
    if (unplanned) {
      const part = { manifest: bundle.manifest, bundle: clusterBundle(bundle, name) };
      await orAllMissing(
        () => requireUpgradeAccess(connect(target), part),
        () => Promise.reject(unplanned.error),
      );
    }
    const noted = noteWrites(connect(target));
    hasWritten = noted.hasWritten;
    const end = await upgradeCluster(
      {
        cluster: noted.cluster,
        proxies: proxiesOf(target),
        policy: bundle.manifest.upgrade,
        namespace: bundle.manifest.namespaces.controlPlane,
        timeout: options.timeout,
        ...(options.reasonOf ? { reasonOf: options.reasonOf } : {}),
        clock: options.clock,
        reporter: options.reporter,
        signal,
      },
      {
        ...options,
        environment: environment.name,
        target,
        manifest: bundle.manifest,
        bundle: clusterBundle(bundle, name),
        onFindings: (found) => {
          findings = found;
        },
        onJournal: (found) => {
          journal = found;
        },
        onProbe: (measured) => {
          probe = measured;
        },
      },
    );
    if (end === 'current')
      return { ...about(), result: 'finished', state: `${bundle.manifest.istio.revision} is promoted already` };
    return { ...about(), result: resultOf(journal, options.command) };
  } catch (error) {
    if (isStop(error, signal)) return { ...about(), ...(hasWritten() ? interruptedHalfway : interruptedBefore) };
    if (!(error instanceof DeliveryError)) throw error;
    return { ...about(), ...failureOf(error, options), ...(hasWritten() ? {} : { untouched: true }) };
  }
}

const interruptedHalfway: Pick<ClusterUpgrade, 'result' | 'code' | 'reason' | 'interrupted'> = {
  result: 'failed',
  code: 'Interrupted',
  reason: 'it was interrupted; resume goes on',
  interrupted: true,
};

function failureOf(
  error: DeliveryError,
  { reasonOf }: Pick<UpgradeEnvironmentOptions, 'reasonOf'>,
): Pick<ClusterUpgrade, 'result' | 'code' | 'reason'> {
  const { code, kind, message } = error;
  const reason = reasonOf?.(error) ?? message;
  if (code === 'UpgradePaused') return { result: 'paused', code, reason };
  if (code === 'Soaking') return { result: 'stopped', code, reason };
  return { result: kind === 'refused' ? 'refused' : 'failed', code, reason };
}

function resultOf(journal: Journal | undefined, command: UpgradeCommand): ClusterUpgrade['result'] {
  if (journal === undefined) return command === 'start' ? 'stopped' : 'not started';
  if (journal.state !== 'open') return journal.state;
  if (command === 'pause') return 'paused';
  const before = journal.steps.filter(({ step }) => step !== 'retire');
  return before.every(({ status }) => status === 'done') ? 'upgraded' : 'stopped';
}
