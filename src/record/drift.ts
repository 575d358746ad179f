import { readStoredBundle } from '../apply/stored-bundle.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { readPromotionRecord } from '../plan/cluster-state.ts';
import type { LeftOfObject } from '../plan/plan.ts';
import { planCluster } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId } from '../ports/objects.ts';

export interface Drift {
  /** Objects that are no longer as they were promoted, with what differs. */
  drift: string[];
  /** Fields that keep the values that others give them. */
  left: LeftOfObject[];
}

/** Holds a cluster against the bundle that was promoted to it. Writes nothing. */
export async function driftOf(
  cluster: Cluster,
  { target, namespace }: { target: ClusterTarget; namespace: string },
): Promise<Drift> {
  const record = await readPromotionRecord(cluster, namespace);
  if (!record?.current) return { drift: [], left: [] };
  const stored = await readStoredBundle(cluster, namespace, record.current);
  const plan = await planCluster(cluster, { target, ...stored, forceConflicts: false });
  const drift = [
    ...plan.problems.map((problem) => {
      const why =
        problem.kind === 'invalid'
          ? problem.reason
          : problem.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ');
      return `${formatObjectId(problem.id)}: ${why}`;
    }),
    ...plan.changes.map((change) => {
      const subject = formatObjectId(change.id);
      if (change.action === 'create') return `${subject} is missing`;
      if (change.action === 'delete') return `${subject} is left over`;
      return `${subject}: ${change.fields.map(({ path }) => path).join(', ') || 'field ownership'}`;
    }),
  ];
  return { drift, left: plan.left };
}
