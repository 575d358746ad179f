import { DeliveryError } from '../errors.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import type { ProxyCounters } from '../ports/proxy-counters.ts';
import type { Reporter } from '../ports/reporter.ts';
import { judgeBaseline } from '../probe/judge-probe.ts';
import type { ProbeRun } from '../probe/probe-run.ts';
import { clusterFacts } from './copies/cluster-facts.ts';
import { copiesText } from './copies/copies-text.ts';
import { notReproduced } from './copies/not-reproduced.ts';
import { withCause } from './failure-cause.ts';
import { missingKinds, refuseMissing } from './foreign-kinds.ts';
import { explainedParts, type Parts } from './parts.ts';
import type { RehearsalPlan } from './prepare-rehearsal.ts';
import { refuseUsed } from './refuse-used.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearsalResult, withoutVerdict } from './rehearsal-result.ts';
import { type Stage, stageOn } from './stage.ts';
import { askedAfterAll, ofTargets, type RehearsalTargets } from './team/rehearsal-targets.ts';
import { type WatchedWorkload, type WorkloadWatch, watchWorkloads } from './team/watch-workloads.ts';
import { workloadOutcomes } from './team/workload-outcomes.ts';
import type { InfrastructureWatch } from './watch-infrastructure.ts';

export interface RehearsalOptions {
  plan: RehearsalPlan;
  /** The cluster of the bundles; its context leads to the rehearsal's cluster. */
  target: ClusterTarget;
  /** What the rehearsal's cluster is, as a person reads it. */
  title: string;
  /** Also goes back when everything has moved, and forward again. */
  rollback: boolean;
  /** Seconds of traffic after the change. */
  after: number;
  /** Has the nodes hold the images of the bundles; they pull them where it is absent. */
  loadImages?: () => Promise<void>;
  /** Secrets that stand in for those of the environment. */
  standIns?: KubernetesObject[];
  /** Begins the traffic when everything that carries it is ready, and measures what later is compared with, where asked. */
  startTraffic: (baseline: boolean, begun: (soFar: () => ProbeResult) => void) => Promise<ProbeRun>;
  /** Gets what tells how far it came, as soon as it begins: a run that is stopped has no time to wait for its end. */
  begun?: (soFar: () => Rehearsal) => void;
  /** What it asks, and what not. */
  targets: Pick<RehearsalTargets, 'asked' | 'notAsked'>;
  proxies: ProxyDirectory;
  counters: ProxyCounters;
  /** Tells what gives way under the rehearsal; everything that is given here ends when its signal is aborted. */
  watch: InfrastructureWatch;
  /** Keeps how each part went; those before this may be in it already. */
  parts: Parts;
  /** Milliseconds that any one thing may take to become ready. */
  timeout: number;
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
}

/**
 * Installs what an environment runs, lets traffic flow, and takes the very way to the new bundle that the environment
 * will take. What goes wrong stands in the result, and so does an interruption; only a defect is thrown.
 */
export async function rehearse(cluster: Cluster, given: RehearsalOptions): Promise<Rehearsal> {
  const { plan, title, watch } = given;
  const { environments, namespaces, images } = plan.coming.manifest;
  const signal = AbortSignal.any([given.signal, watch.signal]);
  const explain = (error: unknown) => withCause(cluster, error, { watch, images, signal: given.signal });
  const parts = explainedParts(given.parts, explain);
  const options = { ...given, signal, parts };
  await refuseUsed(cluster, { environments, namespace: namespaces.controlPlane });
  const facts = await clusterFacts(cluster, { namespaces: [], controlPlane: namespaces.controlPlane });
  for (const line of copiesText(plan.copies, facts)) options.reporter.line(line);
  const missing = await missingKinds(cluster, plan.foreignKinds);
  const stage = stageOn(cluster, { ...options, ...plan, acknowledged: plan.notes.map(({ id }) => id) });
  let traffic: ProbeRun | undefined;
  let team: WorkloadWatch | undefined;
  let watched: WatchedWorkload[] = [];
  let measured: (() => ProbeResult) | undefined;
  const soFar = (): Rehearsal => {
    const outcome = { parts: parts.all(), upgrades: stage.upgrades() };
    const asked = askedAfterAll(options.targets, traffic?.judged());
    const all = measured?.();
    const probe = all && traffic ? ofTargets(all, asked.asked) : all;
    const workloads = workloadOutcomes(watched, asked.asked);
    const result = rehearsalResult({
      ...outcome,
      ...(probe ? { probe } : {}),
      lastWell: watch.lastWell(),
      findings: workloads.flatMap(({ findings }) => findings),
    });
    return {
      ...result,
      ...outcome,
      ...asked,
      workloads,
      ...(probe ? { probe: withoutVerdict(probe, result) } : {}),
      cluster: `${title}, Kubernetes ${facts.kubernetes}`,
      differences: plan.differences,
      overlay: plan.overlay,
      soaks: plan.soaks,
      notes: plan.notes,
      namespaces: [...plan.copies.namespaces],
      standIns: [...plan.copies.standIns],
      notReproduced: notReproduced({ ...plan.copies, overlay: plan.overlay, rehearsal: facts }),
    };
  };
  options.begun?.(soFar);
  try {
    if (missing.length > 0) await parts.run('prerequisites', async () => refuseMissing(missing));
    if (options.loadImages) await parts.run('images', options.loadImages);
    if (plan.prerequisites.length > 0) {
      await parts.run('prerequisites', () => stage.prepare(plan.prerequisites, plan.namespaces));
    }
    await parts.run('install', () => stage.install([...plan.namespaces, ...(options.standIns ?? [])]));
    await parts.run('workloads', () => stage.deploy(plan.workloads));
    team = watchWorkloads(cluster, plan.team, options);
    await parts.run(plan.way === 'first install' ? 'traffic' : 'before', async () => {
      traffic = await options.startTraffic(plan.way !== 'first install', (tell) => {
        measured = tell;
      });
      refuseUnmeasured(traffic);
    });
    team.mark();
    if (traffic) await change(stage, traffic, options);
  } catch (error) {
    // It stands in the part that failed.
    if (!(error instanceof DeliveryError || given.signal.aborted)) throw error;
  } finally {
    watched = (await team?.stop()) ?? [];
    await traffic?.stop();
  }
  return soFar();
}

/** Nothing that comes later could be told from what was there before. */
function refuseUnmeasured(traffic: ProbeRun): void {
  const judged = traffic.judged();
  if (judged.phases.length === 0) return;
  const { unmeasured, unwell } = judgeBaseline(judged);
  const reasons = [...unmeasured, ...unwell];
  if (reasons.length === 0) return;
  throw new DeliveryError(`the change was not begun, for there is nothing to compare it with: ${reasons.join('; ')}`, {
    code: 'TrafficUnknown',
  });
}

/** The change itself, and traffic after it. */
async function change(stage: Stage, traffic: ProbeRun, options: RehearsalOptions): Promise<void> {
  const { plan, after, rollback, parts, clock, signal, reporter } = options;
  const measured = (part: string, work: () => Promise<void>) =>
    parts.run(part, async () => {
      await traffic.enter(part);
      await work();
    });
  if (plan.way === 'promotion') {
    await measured('promotion', async () => {
      await stage.promote();
      await traffic.check('the promotion');
    });
  }
  if (plan.way === 'upgrade') {
    await measured('upgrade', () => stage.upgrade('start', traffic));
    if (rollback) {
      await measured('rollback', () => stage.upgrade('rollback', traffic));
      await measured('upgrade again', () => stage.upgrade('start', traffic));
    }
    await measured('finish', () => stage.upgrade('finish', traffic));
  }
  await measured('after', async () => {
    reporter.line(`traffic is measured for ${after} s more`);
    await clock.sleep(after * 1000, signal);
    await traffic.check('the change');
  });
}
