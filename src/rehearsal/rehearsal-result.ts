import type { ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import type { Rehearsal, RehearsalCheck, RehearsalPart } from './rehearsal.ts';

export interface RehearsalOutcome {
  parts: RehearsalPart[];
  checks: RehearsalCheck[];
  upgrades: ClusterUpgrade[];
  probe?: ProbeResult;
}

/** What a rehearsal proves: nothing that was not measured counts as well. */
export function rehearsalResult({ parts, checks, probe }: RehearsalOutcome): Pick<Rehearsal, 'result' | 'reasons'> {
  const failed = parts.flatMap(({ name, result, code, reason }) =>
    // What the traffic says stands in the probe's own reasons.
    result === 'failed' && code !== 'TrafficFailed' && code !== 'TrafficUnknown'
      ? [`${name} (${code}): ${reason}`]
      : [],
  );
  const of = (wanted: RehearsalCheck['result']) =>
    checks.filter(({ result }) => result === wanted).map(({ name, facts }) => `${name}: ${facts}`);
  const traffic = probe?.verdict ?? { result: 'inconclusive' as const, reasons: ['no traffic was measured'] };
  if (failed.length > 0 || traffic.result === 'fail' || of('fail').length > 0) {
    return {
      result: 'fail',
      reasons: [...failed, ...(traffic.result === 'fail' ? traffic.reasons : []), ...of('fail')],
    };
  }
  if (traffic.result === 'inconclusive' || of('inconclusive').length > 0) {
    const reasons = traffic.result === 'inconclusive' ? traffic.reasons : [];
    return { result: 'inconclusive', reasons: [...reasons, ...of('inconclusive')] };
  }
  return { result: 'pass', reasons: traffic.reasons };
}
