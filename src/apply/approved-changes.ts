import { isDeepStrictEqual } from 'node:util';
import { DeliveryError } from '../errors.ts';
import { type Change, type ClusterPlan, isSameChange, type Plan } from '../plan/plan.ts';
import type { Examination } from '../plan/plan-cluster.ts';
import { isByHand, type ObjectPlan } from '../plan/plan-object.ts';
import { formatObjectId, objectId, objectKey } from '../ports/objects.ts';
import { promotionCures } from './cures.ts';

/** Looks up what was approved for an object. */
export type Approved = Map<string, Change>;

export function approvedChanges(changes: readonly Change[]): Approved {
  return new Map(changes.map((change) => [objectKey(change.id), change]));
}

/**
 * Holds the cluster as it is against the plan: every object must be as the plan found it, or as the plan leaves it.
 * Throws `PlanMoved` (refused) with every object that is neither.
 */
export function verifyAgainstPlan(
  { plan, clusterPlan }: { plan: Pick<Plan, 'digest'>; clusterPlan: ClusterPlan },
  examination: Examination,
): void {
  const { objects, prunes, leaving, policy } = examination;
  const approved = approvedChanges(clusterPlan.changes);
  const moved = [
    ...earlierState(plan.digest, clusterPlan, examination),
    ...otherCircumstances(clusterPlan, examination),
    ...objects.flatMap((object) => movedReason(approved, object) ?? []),
    ...leaving.map(({ id, reason }) => `${formatObjectId(id)}: ${reason}`),
    ...prunes.flatMap((change) =>
      isApproved(approved, change) ? [] : [`${formatObjectId(change.id)} would be deleted now`],
    ),
    // Without a difference, the promotion that the plan is for has noted its policy already.
    ...(policy.length === 0 || isDeepStrictEqual(policy, clusterPlan.policy)
      ? []
      : ['the policy that runs is another one']),
  ];
  if (moved.length > 0) throw planMoved(clusterPlan.cluster, moved);
}

/** A plan is carried out once; whoever runs it again finds what it left. */
function earlierState(digest: string, { promotions }: ClusterPlan, { promotions: now, record }: Examination): string[] {
  if (promotions === now || (promotions + 1 === now && record?.current?.plan === digest)) return [];
  return [`the plan was made after ${promotions} promotions and upgrades, and it has seen ${now} by now`];
}

/** The same changes mean something else where an upgrade has been opened, has ended, or would begin elsewhere. */
function otherCircumstances({ open: planned, runs }: ClusterPlan, { open, way }: Examination): string[] {
  if (planned?.id !== open?.id) {
    const before = planned ? `upgrade ${planned.id} was open` : 'no upgrade was open';
    return [`${before} when the plan was made, and ${open ? `upgrade ${open.id} is open now` : 'it is over now'}`];
  }
  if (way.kind === 'upgrade' && runs?.bundle !== way.from.bundle) {
    return [`the plan starts from ${runs ? `bundle ${runs.bundle}` : 'no bundle'}, and ${way.from.bundle} runs now`];
  }
  return [];
}

/** Why an object is neither as the plan found it nor as the plan leaves it; undefined when it is one of the two. */
export function movedReason(approved: Approved, { form, outcome }: ObjectPlan): string | undefined {
  const subject = formatObjectId(objectId(form));
  switch (outcome.kind) {
    case 'unchanged':
      return undefined;
    case 'problem':
      return outcome.problem.kind === 'invalid'
        ? `${subject}: ${outcome.problem.reason}`
        : `${subject}: ${outcome.problem.conflicts.map(({ field, owner }) => `${field} is now owned by "${owner}"`).join(', ')}`;
    case 'change':
      return isApproved(approved, outcome.change) ? undefined : `${subject} ${movedHow(outcome.change)}`;
  }
}

export function planMoved(cluster: string, moved: string[], cure = promotionCures.moved): DeliveryError {
  return new DeliveryError(
    `cluster ${cluster} is no longer as the plan found it, and nothing more was written: ${moved.join('; ')}`,
    { remedy: cure, code: 'PlanMoved', kind: 'refused' },
  );
}

function isApproved(approved: Approved, change: Change): boolean {
  const planned = approved.get(objectKey(change.id));
  return planned !== undefined && isSameChange(withoutTaken(planned), withoutTaken(withoutHands(planned, change)));
}

/** Whoever shares a value with us may have written to it since, or not yet: what is theirs in it stays either way. */
function withoutTaken(change: Change): Change {
  if (change.action !== 'update') return change;
  return { ...change, taken: change.taken.filter(({ reason }) => reason === undefined) };
}

/** What was edited with kubectl and put back is as the plan found it, whoever owns it since. */
function withoutHands(planned: Change, change: Change): Change {
  if (planned.action !== 'update' || change.action !== 'update') return change;
  const known = (field: string) => planned.taken.some((taken) => taken.field === field);
  return { ...change, taken: change.taken.filter(({ owner, field }) => !isByHand(owner) || known(field)) };
}

function movedHow(change: Change): string {
  switch (change.action) {
    case 'create':
      return 'is not there any more';
    case 'update':
      return change.fields.length > 0
        ? `was changed behind the plan (${change.fields.map(({ path }) => path).join(', ')})`
        : 'has other field owners than the plan found';
    case 'delete':
      return 'would be deleted now';
  }
}
