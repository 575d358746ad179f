import type { FailureKind } from '../errors.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { interruptionText } from './interruption-text.ts';
import { looksOnly, type UpgradeRecord } from './upgrade-record.ts';

/** Why a run of an upgrade that the gate let pass is no success; undefined where it is one. */
export function upgradeFailure(record: UpgradeRecord): { kind: FailureKind; reason: string } | undefined {
  const { clusters, command, environment, result } = record;
  const barred = clusters.filter((outcome) => isBarred(outcome, record));
  const reasons = barred
    .filter(({ interrupted }) => !interrupted)
    .map(({ cluster, code, reason }) => `${cluster} (${code}): ${reason}`);
  if (result === 'interrupted') {
    const goOn = `upgrade ${command}${command === 'start' ? ' with the same plan' : ''} goes on where it stopped`;
    const text = interruptionText(`upgrade ${command} of ${environment}`, howFar(clusters), goOn);
    return { kind: 'interrupted', reason: [text, ...reasons].join('\n') };
  }
  if (barred.length === 0) return undefined;
  return { kind: kindOf(barred), reason: reasons.join('\n') };
}

/** Whether what was asked for of a cluster is not done; what an earlier wave held up has its reason there. */
export function isBarred({ result }: ClusterUpgrade, record: Pick<UpgradeRecord, 'command'>): boolean {
  if (result === 'failed' || result === 'refused') return true;
  return result === 'paused' && !looksOnly(record);
}

function howFar(clusters: readonly ClusterUpgrade[]) {
  const named = (wanted: (outcome: ClusterUpgrade) => boolean) => clusters.filter(wanted).map(({ cluster }) => cluster);
  return {
    done: clusters.flatMap(({ cluster, result }) =>
      result === 'upgraded' || result === 'finished' || result === 'rolled back' || result === 'stopped'
        ? [[cluster, result] as const]
        : [],
    ),
    halfway: named(({ result, interrupted }) => result === 'failed' && interrupted === true),
    untouched: named(({ result }) => result === 'not started'),
  };
}

/** Somebody's pause is an interruption: the run can be taken up again. */
function kindOf(barred: readonly ClusterUpgrade[]): FailureKind {
  if (barred.some(({ result }) => result === 'failed')) return 'failed';
  return barred.some(({ result }) => result === 'refused') ? 'refused' : 'interrupted';
}
