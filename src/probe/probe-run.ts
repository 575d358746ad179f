import { DeliveryError } from '../errors.ts';
import type { ProbePolicy, ProbeThresholds } from '../mesh/probe-policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { TrafficWatch } from '../ports/traffic.ts';
import { askMetrics } from './ask-metrics.ts';
import { baselinePhase } from './baseline-phase.ts';
import { askChecks, type ProxySources } from './checks/ask-checks.ts';
import { type JudgedProbe, type JudgedSource, judgeProbe } from './judge-probe.ts';
import { sendTraffic } from './send-traffic.ts';
import { type PhaseTally, probeStatistics } from './statistics.ts';
import type { TrafficSource } from './traffic-source.ts';
import { vegetaSource } from './vegeta-source.ts';

export interface ProbeOptions {
  policy: ProbePolicy;
  /** Beside those of the policy's targets. */
  sources?: readonly TrafficSource[];
  /** What each target is judged by; by the policy's thresholds where nothing is said. */
  thresholdsOf?: (target: string) => ProbeThresholds;
  /** How a target is named to a person, and whether it need not be judged. */
  aboutOf?: (target: string) => Pick<JudgedSource, 'title' | 'excuse' | 'isControl'>;
  /** Namespace of the control plane; the pod goes there where the policy names none for it. */
  namespace: string;
  /** Answers the policy's questions; needed where it has any. */
  metrics?: Metrics;
  /** Tells of proxies; needed where the policy has them looked at. */
  proxySources?: ProxySources;
  /** Whether proxies that are in trouble when it begins are not blamed on what follows, where there is no baseline. */
  excuseProxies?: boolean;
  /** Milliseconds that the pod may take to start; a minute where nothing is said. */
  startWithin?: number;
  /** Seconds after which the cluster ends the traffic where this run cannot any more; six hours where nothing is said. */
  longest?: number;
  /** Gets what tells all that was measured so far, before the baseline is. */
  onBegin?: (soFar: () => ProbeResult) => void;
  /** What to do once the cause of a verdict that is no pass is mended. */
  cure?: string;
  clock: Clock;
  reporter: Pick<Reporter, 'line' | 'progress' | 'warning'>;
  signal: AbortSignal;
}

/** Traffic that goes on until it is stopped, and what has become of it so far. */
export interface ProbeRun extends TrafficWatch {
  /** Ends the phase at work, and begins the next one. */
  enter(phase: string): Promise<void>;
  /** What a verdict goes by, at this moment. */
  judged(): JudgedProbe;
  /** Everything that was measured so far. */
  result(): ProbeResult;
  /** Ends the traffic, and tells everything that was measured; the same at every call. */
  stop(): Promise<ProbeResult>;
}

const defaults = { startWithin: 60_000, longest: 6 * 3600, cure: 'go on, or go back' };

/** How often somebody who waits is told, in milliseconds. */
const tellEvery = 5_000;

/**
 * Begins to send requests in the cluster, and measures the baseline: its phase is `before`, and there is none where the
 * policy's baseline is 0. Traffic that does not begin, or breaks off, is no error but an inconclusive result; nothing
 * is thrown but the reason of the signal.
 */
export async function startProbe(cluster: Cluster, options: ProbeOptions): Promise<ProbeRun> {
  const { policy, namespace, clock, reporter, signal, metrics, proxySources } = options;
  const sources = [...policy.targets.map((target) => vegetaSource(target, policy.load)), ...(options.sources ?? [])];
  const statistics = probeStatistics(sources.map(({ target }) => target));
  const asked = askMetrics(policy.prometheus?.queries ?? [], metrics);
  const checks = askChecks(cluster, {
    names: policy.checks,
    namespace,
    ...(proxySources ? { sources: proxySources } : {}),
    clock,
    signal,
  });
  const traffic = sendTraffic(cluster, {
    ...defaults,
    ...options,
    sources,
    namespace: policy.load.namespace ?? namespace,
    onSample: statistics.add,
  });
  const now = () => clock.now().getTime();
  let phase: string | undefined;
  let stopped: Promise<ProbeResult> | undefined;

  async function leave(): Promise<void> {
    statistics.leave(now());
    const left = phase;
    phase = undefined;
    if (left !== undefined) await asked.ask(left);
  }

  async function enter(next: string): Promise<void> {
    await leave();
    phase = next;
    statistics.enter(next, now());
  }

  function judged(): JudgedProbe {
    return {
      sources: sources.map(({ target, rate }) => {
        const trouble = traffic.trouble(target);
        const thresholds = options.thresholdsOf?.(target);
        return {
          target,
          rate,
          ...options.aboutOf?.(target),
          ...(thresholds === undefined ? {} : { thresholds }),
          ...(trouble === undefined ? {} : { trouble }),
        };
      }),
      phases: statistics.phases(now()),
      thresholds: policy.thresholds,
      metrics: asked.answers(),
      checks: checks.answers(),
    };
  }

  function result(): ProbeResult {
    const facts = judged();
    return {
      verdict: judgeProbe(facts),
      thresholds: facts.sources.map(({ target, thresholds = facts.thresholds }) => ({ target, ...thresholds })),
      phases: facts.phases.map(phaseOf),
      seconds: statistics.seconds(),
      failures: statistics.failures(),
      answers: facts.phases.flatMap(({ targets }) => targets.flatMap(({ changes }) => changes)),
      metrics: asked.answers(),
      checks: checks.answers(),
    };
  }

  async function check(after: string): Promise<void> {
    await measure(policy.settle, `after ${after}`);
    if (phase !== undefined) await Promise.all([asked.ask(phase), checks.ask(phase)]);
    const facts = judged();
    const { result: verdict, reasons } = judgeProbe(facts);
    if (verdict !== 'pass') {
      const cure = options.cure ?? defaults.cure;
      throw notWell(`traffic of cluster ${cluster.name}`, after, { verdict, reasons, cure });
    }
    reporter.line(`${cluster.name} · probe after ${after}: ${counted(facts.phases)}`);
  }

  async function end(): Promise<ProbeResult> {
    await leave();
    await traffic.stop();
    return result();
  }

  function stop(): Promise<ProbeResult> {
    stopped ??= end();
    return stopped;
  }

  async function measure(seconds: number, what: string): Promise<void> {
    const until = now() + seconds * 1000;
    // For requests that nobody sends there is nothing to wait.
    while (now() < until && sources.some(({ target }) => traffic.trouble(target) === undefined)) {
      reporter.progress(`${cluster.name} · probe: measures ${what}, ${Math.ceil((until - now()) / 1000)} s more`);
      await clock.sleep(Math.min(tellEvery, until - now()), signal);
    }
  }

  options.onBegin?.(result);
  try {
    await traffic.begin();
    if (policy.baseline > 0) {
      await enter(baselinePhase);
      await measure(policy.baseline, 'the baseline');
      await leave();
      await checks.ask(baselinePhase);
    } else if (options.excuseProxies) await checks.excuseProxies();
    return { enter, judged, result, check, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function phaseOf({ name, from, to, targets }: PhaseTally): ProbeResult['phases'][number] {
  return {
    name,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    targets: targets.map(
      ({ lastEnd: _lastEnd, firstFailure: _firstFailure, changes: _changes, ...measured }) => measured,
    ),
  };
}

function counted(phases: readonly PhaseTally[]): string {
  const targets = phases.filter(({ name }) => name !== baselinePhase).flatMap((each) => each.targets);
  const sum = (field: 'requests' | 'failed') => targets.reduce((total, each) => total + each[field], 0);
  return `${sum('failed')} of ${sum('requests')} requests failed`;
}

function notWell(
  traffic: string,
  after: string,
  { verdict, reasons, cure }: { verdict: 'fail' | 'inconclusive'; reasons: readonly string[]; cure: string },
): DeliveryError {
  const isFailure = verdict === 'fail';
  const subject = isFailure ? `${traffic} is not well after ${after}` : `${traffic} cannot be judged after ${after}`;
  return new DeliveryError(`${subject}: ${reasons.join('; ')}`, {
    remedy: `Nothing was taken back: mend the cause and ${cure}`,
    code: isFailure ? 'TrafficFailed' : 'TrafficUnknown',
    retryable: !isFailure,
  });
}
