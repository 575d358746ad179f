import type { ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import type { Rehearsal, RehearsalPart } from './rehearsal.ts';

export interface RehearsalOutcome {
  parts: RehearsalPart[];
  upgrades: ClusterUpgrade[];
  probe?: ProbeResult;
  /** What is wrong with the team's workloads. */
  findings?: string[];
}

/** What a rehearsal proves: nothing that was not measured counts as well. */
export function rehearsalResult({
  parts,
  probe,
  findings = [],
}: RehearsalOutcome): Pick<Rehearsal, 'result' | 'reasons'> {
  const failed = parts.flatMap(({ name, result, code, reason }) =>
    // What the traffic says stands in the probe's own reasons.
    result === 'failed' && code !== 'TrafficFailed' && code !== 'TrafficUnknown'
      ? [`${name} (${code}): ${reason}`]
      : [],
  );
  const { result, reasons } = probe?.verdict ?? { result: 'inconclusive', reasons: ['no traffic was measured'] };
  if (failed.length === 0 && findings.length === 0) return { result, reasons };
  return { result: 'fail', reasons: [...failed, ...(result === 'fail' ? reasons : []), ...findings] };
}
