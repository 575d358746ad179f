import type { ClusterOutcome } from '../apply/promote-environment.ts';
import type { FailureKind } from '../errors.ts';
import { interruptionText } from './interruption-text.ts';
import type { DeliveryRecord } from './record.ts';

/** Why a promotion that the gate let pass is no success; undefined where it is one. */
export function promotionFailure(record: DeliveryRecord): { kind: FailureKind; reason: string } | undefined {
  const { clusters, result, environment } = record;
  const failed = clusters.filter((outcome) => outcome.result === 'failed');
  const reasons = failed
    .filter(({ kind }) => kind !== 'interrupted')
    .map(({ cluster, code, reason }) => `${cluster} (${code}): ${reason}`);
  if (result === 'interrupted') {
    const goOn = 'the same plan goes on when it is promoted again';
    return {
      kind: 'interrupted',
      reason: [interruptionText(`promotion of ${environment}`, howFar(clusters), goOn), ...reasons].join('\n'),
    };
  }
  if (failed.length === 0) return undefined;
  return { kind: result === 'refused' ? 'refused' : kindOf(clusters), reason: reasons.join('\n') };
}

function howFar(clusters: readonly ClusterOutcome[]) {
  const named = (wanted: (outcome: ClusterOutcome) => boolean) => clusters.filter(wanted).map(({ cluster }) => cluster);
  return {
    done: clusters.flatMap(({ cluster, result }) =>
      result === 'promoted' || result === 'unchanged' ? [[cluster, result] as const] : [],
    ),
    halfway: named((outcome) => outcome.result === 'failed' && outcome.kind === 'interrupted'),
    untouched: named(({ result }) => result === 'not started'),
  };
}

/** A mistake of the caller is one only where nothing else happened. */
function kindOf(clusters: readonly ClusterOutcome[]): FailureKind {
  const isUsage = clusters.every(
    (outcome) => outcome.result === 'not started' || (outcome.result === 'failed' && outcome.kind === 'usage'),
  );
  return isUsage ? 'usage' : 'failed';
}
