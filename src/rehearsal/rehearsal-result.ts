import type { FailedRequests, ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { isOfTheGround } from './failure-cause.ts';
import { defectCode } from './parts.ts';
import type { Rehearsal, RehearsalPart } from './rehearsal.ts';

export interface RehearsalOutcome {
  parts: RehearsalPart[];
  upgrades: ClusterUpgrade[];
  probe?: ProbeResult;
  /** When the cluster was seen to work last; needed of one that was lost. */
  lastWell?: Date;
  /** What is wrong with the team's workloads. */
  findings?: string[];
}

/** What a rehearsal proves: nothing that was not measured counts as well. */
export function rehearsalResult(outcome: RehearsalOutcome): Pick<Rehearsal, 'result' | 'reasons'> {
  const { parts, probe, findings = [] } = outcome;
  const failed = parts.filter(({ result }) => result === 'failed');
  if (failed.some(isOfTheGround)) return groundResult(outcome, failed);
  const said = failed.flatMap((part) =>
    // What the traffic says stands in the probe's own reasons.
    part.code !== 'TrafficFailed' && part.code !== 'TrafficUnknown' ? [reasonOf(part)] : [],
  );
  const { result, reasons } = probe?.verdict ?? { result: 'inconclusive', reasons: ['no traffic was measured'] };
  const lost = [...(result === 'fail' ? reasons : []), ...findings];
  const interrupted = parts.find((part) => part.result === 'interrupted');
  if (interrupted) return { result: 'inconclusive', reasons: [interruption(interrupted), ...said, ...lost] };
  if (said.length === 0 && findings.length === 0) return { result, reasons };
  // A defect of this program says nothing about the bundle.
  const isDefect = parts.some(({ code }) => code === defectCode);
  return { result: isDefect ? 'inconclusive' : 'fail', reasons: [...said, ...lost] };
}

function interruption({ name, reason = '' }: RehearsalPart): string {
  return `interrupted in part ${name}, and what comes after it was not rehearsed: ${reason}`;
}

/** What is to be done about one that is no pass. The remedies of an environment are none here. */
export function rehearsalRemedy({ result, parts }: Pick<Rehearsal, 'result' | 'parts'>): string {
  const untouched = result === 'fail' ? 'The' : 'Nothing is known of the change, and the';
  const again = parts.some((part) => part.result === 'interrupted')
    ? 'rehearse again'
    : 'correct the cause and rehearse again';
  return `${untouched} environment was not touched: ${again}`;
}

/** The cause first; what failed with it is no finding, and what was lost before is said. */
function groundResult(
  { probe, lastWell }: RehearsalOutcome,
  failed: readonly RehearsalPart[],
): Pick<Rehearsal, 'result' | 'reasons'> {
  return {
    result: 'inconclusive',
    reasons: [...failed.filter(isOfTheGround).map(reasonOf), ...lostBefore(probe?.failures ?? [], lastWell)],
  };
}

/** Requests that failed while everything below them still worked. */
function lostBefore(failures: readonly FailedRequests[], lastWell: Date | undefined): string[] {
  const before = failures.filter(({ at }) => lastWell === undefined || Date.parse(at) < lastWell.getTime() - 1000);
  const [first] = before;
  if (first === undefined) return [];
  const count = before.reduce((sum, each) => sum + each.count, 0);
  const requests = count === 1 ? 'a request' : `${count} requests`;
  return [
    `${requests} failed before that, while the cluster still worked, the first at ${first.at} to ${first.target}: ${first.reason}`,
  ];
}

/** What was measured, without a verdict on the change that the ground has given. */
export function withoutVerdict(
  probe: ProbeResult,
  { result, reasons }: Pick<Rehearsal, 'result' | 'reasons'>,
): ProbeResult {
  return result === 'inconclusive' && probe.verdict.result !== result
    ? { ...probe, verdict: { result, reasons } }
    : probe;
}

function reasonOf({ name, code, reason }: RehearsalPart): string {
  return `${name} (${code}): ${reason}`;
}
