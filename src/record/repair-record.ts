import type { FailureKind } from '../errors.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { RepairedDocuments } from '../repair/repair-cluster.ts';
import type { RepairPlan } from '../repair/repair-plan.ts';
import type { Origin } from './record.ts';

/** How a repair ended in one cluster. */
export type RepairOutcome = { cluster: string } & (
  | { result: 'repaired'; written: RepairedDocuments }
  | { result: 'unchanged' }
  | { result: 'failed'; code: string; kind: FailureKind; reason: string }
  | { result: 'not started' }
);

/** The document that a repair leaves behind. It is no evidence of anything but itself. */
export interface RepairRecord {
  apiVersion: 'istio-delivery/v1';
  kind: 'Repair';
  mesh: string;
  environment: string;
  /** Digest of the bundle that is said to run. */
  bundle: string;
  origin: Origin;
  /** ISO 8601. */
  started: string;
  finished: string;
  plan: RepairPlan;
  verdict: Verdict;
  clusters: RepairOutcome[];
  result: 'unchanged' | 'repaired' | 'failed' | 'refused' | 'interrupted';
}

/** What came of it in all clusters together. */
export function repairResult(
  verdict: Verdict,
  clusters: readonly RepairOutcome[],
  wasStopped: boolean,
): RepairRecord['result'] {
  if (verdict.result === 'fail') return 'refused';
  if (wasStopped && clusters.some(({ result }) => result === 'not started')) return 'interrupted';
  const failed = clusters.filter((outcome) => outcome.result === 'failed');
  if (failed.some(({ kind }) => kind === 'interrupted')) return 'interrupted';
  if (failed.length > 0) {
    const isRefused =
      failed.every(({ kind }) => kind === 'refused') && clusters.every((outcome) => outcome.result !== 'repaired');
    return isRefused ? 'refused' : 'failed';
  }
  return clusters.every(({ result }) => result === 'unchanged') ? 'unchanged' : 'repaired';
}

/** Why a repair that the gate let pass is no success; undefined where it is one. */
export function repairFailure({
  environment,
  clusters,
  result,
}: RepairRecord): { kind: FailureKind; reason: string } | undefined {
  if (result !== 'failed' && result !== 'refused' && result !== 'interrupted') return undefined;
  const reasons = clusters.flatMap((outcome) =>
    outcome.result === 'failed' ? [`${outcome.cluster} (${outcome.code}): ${outcome.reason}`] : [],
  );
  if (result !== 'interrupted') return { kind: result, reason: reasons.join('\n') };
  const done = clusters.flatMap(({ cluster, result }) => (result === 'repaired' ? [cluster] : []));
  const howFar = done.length === 0 ? 'no cluster is repaired' : `repaired: ${done.join(', ')}`;
  return {
    kind: 'interrupted',
    reason: [`repair of ${environment} was interrupted; ${howFar}; run repair again without a plan`, ...reasons].join(
      '\n',
    ),
  };
}
