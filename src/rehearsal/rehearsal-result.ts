import type { ProbeResult } from '../ports/probe-result.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { defectCode } from './parts.ts';
import type { Rehearsal, RehearsalPart } from './rehearsal.ts';

export interface RehearsalOutcome {
  parts: RehearsalPart[];
  upgrades: ClusterUpgrade[];
  probe?: ProbeResult;
}

/** What a rehearsal proves: nothing that was not measured counts as well. */
export function rehearsalResult({ parts, probe }: RehearsalOutcome): Pick<Rehearsal, 'result' | 'reasons'> {
  const failed = parts.flatMap(({ name, result, code, reason }) =>
    // What the traffic says stands in the probe's own reasons.
    result === 'failed' && code !== 'TrafficFailed' && code !== 'TrafficUnknown'
      ? [`${name} (${code}): ${reason}`]
      : [],
  );
  const { result, reasons } = probe?.verdict ?? { result: 'inconclusive', reasons: ['no traffic was measured'] };
  const lost = result === 'fail' ? reasons : [];
  const interrupted = parts.find((part) => part.result === 'interrupted');
  if (interrupted) return { result: 'inconclusive', reasons: [interruption(interrupted), ...failed, ...lost] };
  if (failed.length === 0) return { result, reasons };
  // A defect of this program says nothing about the bundle.
  const isDefect = parts.some(({ code }) => code === defectCode);
  return { result: isDefect ? 'inconclusive' : 'fail', reasons: [...failed, ...lost] };
}

function interruption({ name, reason = '' }: RehearsalPart): string {
  return `interrupted in part ${name}, and what comes after it was not rehearsed: ${reason}`;
}
