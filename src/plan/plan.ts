import type { LeftField } from '../bundle/apply-form.ts';
import type { Stage } from '../bundle/bundle.ts';
import type { ProbePolicy } from '../mesh/probe-policy.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { ClusterIdentity, FieldConflict } from '../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import { digestOf } from './digest.ts';
import type { FieldChange } from './field-changes.ts';
import type { OpenUpgradeState } from './open-upgrade-state.ts';
import type { TakenField } from './shared-values.ts';
import type { UpgradeNote } from './upgrade-notes.ts';

/** What becomes of one object. */
export type Change =
  | {
      action: 'create';
      id: ObjectId;
      stage: Stage;
      /** What is applied. */
      after: KubernetesObject;
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
  | {
      action: 'delete';
      id: ObjectId;
      uid: string;
      /** What goes, without status; it is shown, and what decides is the UID. */
      before: Record<string, unknown>;
      /** What the cloud takes back with it, in words. */
      releases?: string;
    };

/** An object that cannot be applied as things are. A plan with problems is never promoted. */
export type Problem = { id: ObjectId; stage: Stage } & (
  | { kind: 'conflict'; conflicts: FieldConflict[] }
  /** `source`: file and line of the team's manifest that it comes from, where that is known. */
  | { kind: 'invalid'; reason: string; source?: string }
);

/** A problem of an object that cannot be as the bundle has it. */
export type InvalidObject = Extract<Problem, { kind: 'invalid' }>;

/** A sentence of the API server or of an admission webhook about an object. */
export interface ObjectWarning {
  id: ObjectId;
  text: string;
}

/** What runs in a cluster. */
export interface Running {
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
  /** Whether the mesh file names that identity; no part of the digest. */
  pinned: boolean;
  /** Number of promotions and upgrades carried out in the cluster before: the plan is for what came of the last of them. */
  promotions: number;
  /** In the order in which they are carried out; deletions last. */
  changes: Change[];
  /** How the policy of the bundle differs from that of the one that runs. */
  policy: FieldChange[];
  problems: Problem[];
  /** What the API server says of objects that it takes. */
  warnings: ObjectWarning[];
  /** Number of objects that agree already. */
  unchanged: number;
  /** The bundle that was promoted last; absent where none ever was. */
  runs?: Running;
  /** Fields that keep the values that others give them; no part of the digest. */
  left: LeftOfObject[];
  /** The bundle is of another revision: the changes are those of an upgrade, and its deletions come at its end. */
  upgrade: boolean;
  /** An upgrade is open: where it stands, and what each command with this bundle would do. */
  open?: OpenUpgradeState;
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
  istio: Running['istio'];
  forceConflicts: boolean;
  /** How an upgrade goes about it: absent where no cluster moves to another revision. */
  upgrade?: { policy: UpgradePolicy; probe?: ProbePolicy; notes: UpgradeNote[] };
  clusters: ClusterPlan[];
  digest: string;
}

/**
 * Over the changes, the UID of the cluster's kube-system namespace, what runs there after how many promotions, and the
 * upgrade that is open: never the same for an earlier state of the cluster, always for the same one.
 */
export function clusterPlanDigest(
  plan: Omit<ClusterPlan, 'pinned' | 'unchanged' | 'warnings' | 'left' | 'digest'>,
): string {
  const { cluster, identity, promotions, changes, policy, problems, runs, upgrade, open } = plan;
  const lasting = changes.map(lastingPart);
  return digestOf({ cluster, uid: identity.uid, promotions, changes: lasting, policy, problems, runs, upgrade, open });
}

/** Whether two changes are one and the same, whatever could be validated ahead of them. */
export function isSameChange(left: Change, right: Change): boolean {
  return digestOf(lastingPart(left)) === digestOf(lastingPart(right));
}

/** Whether an object could be validated ahead, and what others wrote to one that goes, is of the moment. */
function lastingPart(change: Change): unknown {
  switch (change.action) {
    case 'create':
      return { ...change, validated: undefined };
    case 'update':
      return change;
    case 'delete':
      return { ...change, before: undefined, releases: undefined };
  }
}

/** A plan without what it says of each cluster. */
export interface PlanHead extends Omit<Plan, 'clusters'> {
  clusters: Pick<ClusterPlan, 'cluster' | 'digest'>[];
}

export function planHead(plan: Plan): PlanHead {
  return { ...plan, clusters: plan.clusters.map(({ cluster, digest }) => ({ cluster, digest })) };
}

/** Over the bundle and the plans of all clusters of the environment. */
export function planDigest(plan: Omit<Plan | PlanHead, 'digest'>): string {
  const { mesh, environment, bundle, istio, forceConflicts, upgrade, clusters } = plan;
  return digestOf({
    mesh,
    environment,
    bundle,
    istio,
    forceConflicts,
    upgrade,
    clusters: clusters.map(({ digest }) => digest),
  });
}

/** Whether every digest of the plan is that of its content. */
export function isIntact(plan: Plan): boolean {
  return plan.digest === planDigest(plan) && plan.clusters.every((part) => part.digest === clusterPlanDigest(part));
}

/** Number of objects that change, and of differences of policy. */
export function changeCount(plan: Plan): number {
  return plan.clusters.reduce((sum, { changes, policy }) => sum + changes.length + policy.length, 0);
}

export function problemCount(plan: Plan): number {
  return plan.clusters.reduce((sum, { problems }) => sum + problems.length, 0);
}
