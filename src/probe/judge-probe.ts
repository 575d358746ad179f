import type { ProbeThresholds } from '../mesh/probe-policy.ts';
import type { CheckAnswer, MetricAnswer, ProbeVerdict } from '../ports/probe-result.ts';
import { baselinePhase } from './baseline-phase.ts';
import { type Finding, judgeAnswers } from './judge-answers.ts';
import { judgeLatency, type MachineRise } from './judge-latency.ts';
import { secondText } from './sample.ts';
import type { PhaseTally, TargetTally } from './statistics.ts';

/** A target, and what is known of the source that asks it. */
export interface JudgedSource {
  target: string;
  /** Requests a second that are expected of it. */
  rate: number;
  /** What it is judged by; by those of the probe where it has none of its own. */
  thresholds?: ProbeThresholds;
  /** Why nothing, or nothing more, comes of it. */
  trouble?: string;
  /** As a person reads it; its name otherwise. */
  title?: string;
  /**
   * It is not known whether it can be asked at all: it is not judged where it was never answered (`silent`), or not
   * always (`failing`), before anything was changed.
   */
  excuse?: 'silent' | 'failing';
  /** No proxy is on its way: by as much as it becomes slower, the machine does. */
  isControl?: true;
}

export interface JudgedProbe {
  sources: readonly JudgedSource[];
  phases: readonly PhaseTally[];
  thresholds: ProbeThresholds;
  metrics: readonly MetricAnswer[];
  checks: readonly CheckAnswer[];
}

/** Share of the expected requests below which a source did not really run. */
const leastShare = 0.8;
/** Milliseconds without a request at the end, after which a source does not run any more. */
const longestSilence = 5_000;
/** The same where it is known that something is the matter; a log that was cut is read again sooner. */
const longestTrouble = 2_000;

/** What the measurements mean. A failure is one of the change only where all was well before it. */
export function judgeProbe(judged: JudgedProbe): ProbeVerdict {
  const { sources, phases, metrics, checks } = judged;
  const findings: Finding[] = [
    ...sources.flatMap((source) => judgeSource(source, judged)),
    ...metrics.flatMap(({ result, reason }) => (reason === undefined ? [] : [{ result, reason }])),
    // What was in trouble before is told from what came since by the checks themselves.
    ...checks
      .filter(({ phase, result }) => phase !== baselinePhase && result !== 'pass')
      .map((answer) => ({ result: answer.result, reason: checkReason(answer) })),
  ];
  if (!phases.some(({ name }) => name !== baselinePhase)) {
    findings.push({ result: 'inconclusive', reason: 'nothing was measured of the change itself' });
  }
  const result = (['fail', 'inconclusive'] as const).find((worst) => findings.some((each) => each.result === worst));
  // What failed comes first: it is what somebody must act on.
  const ranked = (['fail', 'inconclusive', 'pass'] as const).flatMap((rank) =>
    findings.filter((each) => each.result === rank),
  );
  return { result: result ?? 'pass', reasons: [...new Set(reasonsOf(ranked))] };
}

/** One by one, and at the end what several targets have in common. */
function reasonsOf(findings: readonly Finding[]): string[] {
  const common = Map.groupBy(findings, ({ together }) => together);
  return [...common].flatMap(([together, each]) => {
    const reasons = each.map(({ reason }) => reason);
    return together === undefined ? reasons : [`${together}: ${reasons.join(', ')}`];
  });
}

/** What stands in the way of comparing anything with the baseline. */
export function judgeBaseline({ sources, phases, thresholds: common, metrics, checks }: JudgedProbe): {
  /** Nothing, or too little, is known. */
  unmeasured: string[];
  /** It is known not to be well. */
  unwell: string[];
} {
  const before = phases.filter(({ name }) => name === baselinePhase);
  const [phase] = before;
  const judged = sources.filter((source) => excused(source, { phases, thresholds: common }) === undefined);
  const found = judged.map((source) => {
    const { thresholds = common } = source;
    const missing = phase ? unmeasured(source, phase, { thresholds, isLast: true }) : `${source.target}: no baseline`;
    const tally = phase && tallyOf(phase, source);
    // Of what was not measured nothing is said to fail.
    const failing = missing === undefined && phase && tally ? failure(tally, phase, thresholds) : undefined;
    return { missing, failing };
  });
  const asked = metrics.filter((answer) => answer.phase === baselinePhase && answer.result !== 'pass');
  const looked = checks.filter(({ phase, result }) => phase === baselinePhase && result !== 'pass');
  const reasons = (answers: MetricAnswer[]) => answers.flatMap(({ reason }) => reason ?? []);
  return {
    unmeasured: [
      ...found.flatMap(({ missing }) => missing ?? []),
      ...reasons(asked.filter(({ value }) => value === undefined)),
      ...looked.filter(({ unseen }) => unseen).map(checkReason),
    ],
    unwell: [
      ...found.flatMap(({ failing }) =>
        failing === undefined ? [] : `${failing}: it fails before anything is changed`,
      ),
      ...reasons(asked.filter(({ value }) => value !== undefined)),
      ...looked.filter(({ unseen }) => !unseen).map(checkReason),
    ],
  };
}

function checkReason({ name, phase, facts }: CheckAnswer): string {
  return `${name} in phase ${phase}: ${facts}`;
}

function judgeSource(source: JudgedSource, judged: JudgedProbe): Finding[] {
  const { phases, thresholds: common } = judged;
  const { thresholds = common } = source;
  if (excused(source, { phases, thresholds: common }) !== undefined) return [];
  const before = phases.find(({ name }) => name === baselinePhase);
  const baseline = before && tallyOf(before, source);
  const failedBefore = before && baseline && failure(baseline, before, thresholds);
  if (failedBefore !== undefined) {
    return [{ result: 'inconclusive', reason: `${failedBefore}: it fails before anything is changed` }];
  }
  return phases.flatMap((phase, index) => {
    const tally = tallyOf(phase, source);
    const missing = unmeasured(source, phase, { thresholds, isLast: index === phases.length - 1 });
    const found: Finding[] = missing === undefined ? [] : [{ result: 'inconclusive', reason: missing }];
    if (tally === undefined || tally.requests === 0 || phase === before) return found;
    const failed = failure(tally, phase, thresholds);
    if (failed !== undefined && source.isControl) {
      found.push({ result: 'inconclusive', reason: `${failed}; no proxy is on its way: the machine lost it` });
    } else if (failed !== undefined) found.push({ result: 'fail', reason: failed });
    else if (tally.failed > 0) found.push({ result: 'pass', reason: `${failures(tally, phase)}, which is tolerated` });
    found.push(...judgeAnswers(tally, thresholds));
    // The tail of a handful of requests is their maximum and means nothing.
    if (missing !== undefined) return found;
    return [...found, ...judgeLatency(tally, phase, { thresholds, baseline, machine: machineRise(judged, phase) })];
  });
}

/** By how much requests became slower that no proxy carries. */
function machineRise({ sources, phases }: JudgedProbe, phase: PhaseTally): MachineRise {
  const control = sources.find(({ isControl }) => isControl);
  const before = phases.find(({ name }) => name === baselinePhase);
  const [was, is] = [control && before && tallyOf(before, control), control && tallyOf(phase, control)];
  if (!was?.requests || !is?.requests) return { p50: 0, p99: 0 };
  return { p50: Math.max(0, is.p50 - was.p50), p99: Math.max(0, is.p99 - was.p99) };
}

/** What was measured of a source, under the name that a person reads. */
function tallyOf(
  { targets }: PhaseTally,
  { target, title = target }: Pick<JudgedSource, 'target' | 'title'>,
): TargetTally | undefined {
  const found = targets.find((each) => each.target === target);
  return found && { ...found, target: title };
}

/** What was lost of a source that need not be judged. */
export interface Excused {
  phase: string;
  requests: number;
  failed: number;
  /** Of the first that failed. */
  reason: string;
}

/**
 * Why a source is not judged that need not be: it failed before anything was changed. Where nothing was measured before,
 * one that was never answered since.
 */
export function excused(
  source: JudgedSource,
  { phases, thresholds: common }: Pick<JudgedProbe, 'phases' | 'thresholds'>,
): Excused | undefined {
  const { excuse, thresholds = common } = source;
  const before = phases.find(({ name }) => name === baselinePhase);
  const measured = (before ? [before] : phases).flatMap((phase) => {
    const tally = tallyOf(phase, source);
    return tally && tally.requests > 0 ? [{ phase, tally }] : [];
  });
  const [first] = measured;
  if (excuse === undefined || first === undefined) return undefined;
  const { phase, tally } = first;
  const isSilent = measured.every((each) => each.tally.failed === each.tally.requests);
  const isFailing = excuse === 'failing' && before && failure(tally, phase, thresholds) !== undefined;
  if (!isSilent && !isFailing) return undefined;
  const { requests, failed, firstFailure } = tally;
  return { phase: phase.name, requests, failed, reason: firstFailure?.reason ?? 'no answer' };
}

/** Why nothing can be said about a target. */
function unmeasured(
  source: JudgedSource,
  phase: PhaseTally,
  { thresholds, isLast }: { thresholds: ProbeThresholds; isLast: boolean },
): string | undefined {
  const { rate, trouble, title: target = source.target } = source;
  const { requests = 0, lastEnd, p99 = 0 } = tallyOf(phase, source) ?? {};
  const seconds = (phase.to - phase.from) / 1000;
  // What is slow to end was sent all the same.
  const expected = Math.round(rate * Math.max(0, seconds - p99 / 1000));
  const why = trouble === undefined ? '' : `: ${trouble}`;
  const silent = phase.to - (lastEnd ?? phase.from);
  if (requests === 0)
    return `${target}: no request was measured in phase ${phase.name} (${oneDecimal(seconds)} s)${why}`;
  if (requests < thresholds.minimum) {
    return `${target}: ${requests} requests were measured in phase ${phase.name}, at least ${thresholds.minimum} are needed to say anything${why}`;
  }
  if (requests < expected * leastShare) {
    return `${target}: ${requests} requests were measured in phase ${phase.name}, ${expected} were to be sent (${rate} a second)${why}`;
  }
  if (isLast && silent > (trouble === undefined ? longestSilence : longestTrouble)) {
    return `${target}: no request has ended in the last ${oneDecimal(silent / 1000)} s of phase ${phase.name}${why}`;
  }
  return undefined;
}

/** How many requests failed where that is more than the threshold allows. */
function failure(tally: TargetTally, phase: PhaseTally, { success }: ProbeThresholds): string | undefined {
  const { requests, failed } = tally;
  if (requests === 0 || failed * 100 <= (100 - success) * requests) return undefined;
  return failures(tally, phase);
}

function failures({ target, requests, failed, firstFailure }: TargetTally, { name }: PhaseTally): string {
  const first = firstFailure ? `, the first at ${secondText(firstFailure.at)} with: ${firstFailure.reason}` : '';
  return `${target}: ${failed} of ${requests} requests failed in phase ${name}${first}`;
}

function oneDecimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}
