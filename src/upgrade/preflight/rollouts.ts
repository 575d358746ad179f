import { readiness } from '../../apply/readiness.ts';
import type { LabelSelector } from '../../mesh/label-selector.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { budgetDemand, rolloutFloor } from '../workloads/rollout-floor.ts';
import { podTemplate, selects, wantedReplicas } from '../workloads/workload.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { type GroupWorkload, type MeshFacts, movingWorkloads, nameOf, rollingWorkloads } from './mesh-facts.ts';

interface WorkloadSpec {
  paused?: boolean;
  strategy?: { type?: string };
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
}

function specOf({ object }: GroupWorkload): WorkloadSpec {
  return (object.spec ?? {}) as WorkloadSpec;
}

/**
 * Compares what a rollout may leave with what the workload's PodDisruptionBudgets demand. A budget counts the pods that
 * its selector selects, whoever owns them.
 */
export function rolloutFloors(facts: MeshFacts): Trouble[] {
  const moved = rollingWorkloads(facts);
  return facts.budgets.flatMap((budget) => {
    const expected = sum(facts.workloads.filter((object) => covers(budget, object)).map(wantedReplicas));
    const demand = budgetDemand(budget, expected);
    const rolling = moved.filter(({ object }) => covers(budget, object) && !recreates(object));
    return rolling.flatMap((workload) =>
      judgeFloor(workload, { budget, demand, expected, left: expected - dropAtWorst(workload, rolling) }),
    );
  });
}

/** Pods that are missing when the workload rolls and its group rolls others beside it. */
function dropAtWorst({ object, group }: GroupWorkload, rolling: GroupWorkload[]): number {
  const beside = rolling
    .filter((other) => other.object !== object && other.group === group)
    .map((other) => drop(other.object))
    .sort((left, right) => right - left)
    .slice(0, group.batch - 1);
  return drop(object) + sum(beside);
}

function drop(object: KubernetesObject): number {
  return wantedReplicas(object) - rolloutFloor(object);
}

interface FloorFacts {
  budget: KubernetesObject;
  demand: number;
  expected: number;
  left: number;
}

function judgeFloor({ object }: GroupWorkload, { budget, demand, expected, left }: FloorFacts): Trouble[] {
  const title = nameOf(budget);
  if (left < demand && drop(object) > 0) {
    return [
      fail(
        `its rollout may leave ${left} of ${expected} pods, and ${title} demands ${demand}`,
        'let its strategy add pods before it takes any away (maxUnavailable 0, maxSurge 1), give it more replicas, or loosen the budget',
        nameOf(object),
      ),
    ];
  }
  if (wantedReplicas(object) === 1 && demand >= 1 && drop(object) === 0) {
    const reason = `it has one replica, which ${title} protects: only the surge keeps it served, and connections to its one pod end together`;
    return [warn(reason, 'give it two replicas', nameOf(object))];
  }
  return [];
}

export function recreated(facts: MeshFacts): Trouble[] {
  return rollingWorkloads(facts)
    .filter(({ object }) => recreates(object))
    .map(({ object }) =>
      fail(
        'its strategy is Recreate: all its pods go before the first new one starts',
        'give it the strategy RollingUpdate, or waive the check where an outage is agreed',
        nameOf(object),
      ),
    );
}

function recreates({ kind, spec }: KubernetesObject): boolean {
  return kind === 'Deployment' && (spec as WorkloadSpec | undefined)?.strategy?.type === 'Recreate';
}

export function onDelete(facts: MeshFacts): Trouble[] {
  return movingWorkloads(facts)
    .filter((workload) => specOf(workload).updateStrategy?.type === 'OnDelete')
    .map(({ object }) =>
      warn(
        'its update strategy is OnDelete: its pods stay on the old revision until somebody deletes them',
        'let its owner delete its pods, one by one, when the upgrade has come to its group',
        nameOf(object),
      ),
    );
}

/** What does not roll, or not to its end, when its template changes. */
export function paused(facts: MeshFacts): Trouble[] {
  return movingWorkloads(facts).flatMap((workload) => {
    const { paused, updateStrategy } = specOf(workload);
    const name = nameOf(workload.object);
    if (paused) return [warn('its rollout is paused: its pods stay on the old revision', 'resume its rollout', name)];
    const partition = workload.object.kind === 'StatefulSet' ? (updateStrategy?.rollingUpdate?.partition ?? 0) : 0;
    if (partition === 0) return [];
    const held = Math.min(partition, wantedReplicas(workload.object));
    return [
      warn(`its partition keeps ${held} of its pods on the old revision`, 'set its partition to 0 for the move', name),
    ];
  });
}

/** A workload that is not well before it moves could not be told from one that the move has broken. */
export function unready(facts: MeshFacts): Trouble[] {
  return movingWorkloads(facts).flatMap(({ object }) => {
    const reason = unreadiness(object);
    return reason === undefined
      ? []
      : [fail(`it is not ready before the upgrade: ${reason}`, 'bring it to health first', nameOf(object))];
  });
}

function unreadiness(object: KubernetesObject): string | undefined {
  if (object.kind === 'Rollout') {
    const { phase = 'Healthy', message } = (object.status ?? {}) as { phase?: string; message?: string };
    return phase === 'Healthy' || phase === 'Paused' ? undefined : (message ?? `its phase is ${phase}`);
  }
  const state = readiness(object);
  return state.kind === 'ready' ? undefined : state.reason;
}

/** A budget's selector that is empty selects every pod of its namespace, one that is absent none. */
function covers(budget: KubernetesObject, workload: KubernetesObject): boolean {
  if (budget.metadata.namespace !== workload.metadata.namespace) return false;
  const { selector } = (budget.spec ?? {}) as { selector?: LabelSelector };
  if (!selector) return false;
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return isEmpty || selects(selector, podTemplate(workload).labels);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
