import type { LeftField } from '../bundle/apply-form.ts';
import type { Stage } from '../bundle/bundle.ts';
import type { ProbePolicy } from '../mesh/probe-policy.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { ClusterIdentity, FieldConflict } from '../ports/cluster.ts';
import type { ObjectId } from '../ports/objects.ts';
import { digestOf } from './digest.ts';
import type { FieldChange } from './field-changes.ts';
import type { TakenField } from './shared-values.ts';
import type { UpgradeNote } from './upgrade-notes.ts';

/** What becomes of one object. */
export type Change =
  | {
      action: 'create';
      id: ObjectId;
      stage: Stage;
      /** Digest of what is applied. */
      after: string;
      /** False where its namespace or type is itself still to be created: it is dry-run at its own stage. */
      validated: boolean;
    }
  | {
      action: 'update';
      id: ObjectId;
      stage: Stage;
      /** Empty when only the ownership of fields changes hands. */
      fields: FieldChange[];
      /** Fields that are taken from their owners: edits with kubectl, values that are shared, or by force. */
      taken: TakenField[];
    }
  | { action: 'delete'; id: ObjectId; uid: string };

/** An object that cannot be applied as things are. A plan with problems is never promoted. */
export type Problem = { id: ObjectId; stage: Stage } & (
  | { kind: 'conflict'; conflicts: FieldConflict[] }
  | { kind: 'invalid'; reason: string }
);

/** What runs in the cluster, for an upgrade that moves it on. */
export interface UpgradeFrom {
  /** Digest of the promoted bundle. */
  bundle: string;
  istio: { version: string; revision: string };
}

/** A field of one object that keeps the value that somebody else gives it. */
export interface LeftOfObject extends LeftField {
  id: ObjectId;
}

export interface ClusterPlan {
  cluster: string;
  identity: ClusterIdentity;
  /** In the order in which they are carried out; deletions last. */
  changes: Change[];
  problems: Problem[];
  /** Number of objects that agree already. */
  unchanged: number;
  /** Fields that keep the values that others give them; no part of the digest. Absent where there are none. */
  left?: LeftOfObject[];
  /** The bundle is of another revision: the changes are those of an upgrade, and its deletions come at its end. */
  upgrade?: UpgradeFrom;
  digest: string;
}

/** `plan.json`: everything a promotion does, and nothing else. */
export interface Plan {
  apiVersion: 'istio-delivery/v1';
  kind: 'Plan';
  mesh: string;
  environment: string;
  /** Digest of the bundle. */
  bundle: string;
  forceConflicts: boolean;
  /** How an upgrade goes about it: absent where no cluster moves to another revision. */
  upgrade?: { to: UpgradeFrom['istio']; policy: UpgradePolicy; probe?: ProbePolicy; notes: UpgradeNote[] };
  clusters: ClusterPlan[];
  digest: string;
}

/** Over the changes, the UID of the cluster's kube-system namespace, and what an upgrade starts from. */
export function clusterPlanDigest(plan: Omit<ClusterPlan, 'unchanged' | 'left' | 'digest'>): string {
  const { cluster, identity, changes, problems, upgrade } = plan;
  return digestOf({ cluster, uid: identity.uid, changes: changes.map(lastingPart), problems, upgrade });
}

/** Whether two changes are one and the same, whatever could be validated ahead of them. */
export function isSameChange(left: Change, right: Change): boolean {
  return digestOf(lastingPart(left)) === digestOf(lastingPart(right));
}

/** Whether an object could be validated ahead tells of the moment, not of the change. */
function lastingPart(change: Change): unknown {
  return change.action === 'create' ? { ...change, validated: undefined } : change;
}

/** Over the bundle and the plans of all clusters of the environment. */
export function planDigest(plan: Omit<Plan, 'digest'>): string {
  const { mesh, environment, bundle, forceConflicts, upgrade, clusters } = plan;
  return digestOf({
    mesh,
    environment,
    bundle,
    forceConflicts,
    upgrade,
    clusters: clusters.map(({ digest }) => digest),
  });
}

/** Whether every digest of the plan is that of its content. */
export function isIntact(plan: Plan): boolean {
  return plan.digest === planDigest(plan) && plan.clusters.every((part) => part.digest === clusterPlanDigest(part));
}

export function changeCount(plan: Plan): number {
  return plan.clusters.reduce((sum, { changes }) => sum + changes.length, 0);
}

export function problemCount(plan: Plan): number {
  return plan.clusters.reduce((sum, { problems }) => sum + problems.length, 0);
}
