import type { KubernetesObject } from '../../ports/objects.ts';
import { wantedReplicas } from './workload.ts';

/** A number of pods, or a percentage of them as text. */
export type IntOrPercent = number | string;

interface RollingUpdate {
  maxUnavailable?: IntOrPercent;
  maxSurge?: IntOrPercent;
  partition?: number;
}

interface Spec {
  strategy?: { type?: string; rollingUpdate?: RollingUpdate; canary?: RollingUpdate; blueGreen?: object };
  updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
}

/**
 * Number of pods that stay available while the workload rolls, by its strategy and replicas alone: rollouts do not
 * ask PodDisruptionBudgets. Percentages are rounded as each controller does.
 */
export function rolloutFloor(object: KubernetesObject): number {
  const wanted = wantedReplicas(object);
  const { strategy = {}, updateStrategy = {} } = (object.spec ?? {}) as Spec;
  switch (object.kind) {
    case 'StatefulSet':
      return wanted - statefulSetDrop(wanted, updateStrategy);
    case 'DaemonSet':
      return wanted - daemonSetDrop(wanted, updateStrategy);
    case 'Rollout':
      // Blue and green stand side by side until the switch.
      return strategy.blueGreen ? wanted : wanted - surgingDrop(wanted, strategy.canary);
    default:
      return strategy.type === 'Recreate' ? 0 : wanted - surgingDrop(wanted, strategy.rollingUpdate);
  }
}

interface BudgetSpec {
  minAvailable?: IntOrPercent;
  maxUnavailable?: IntOrPercent;
}

/** Number of healthy pods that a PodDisruptionBudget demands of `expected` ones. */
export function budgetDemand(budget: KubernetesObject, expected: number): number {
  const { minAvailable, maxUnavailable } = (budget.spec ?? {}) as BudgetSpec;
  // Both are rounded up, as the disruption controller does.
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaled(maxUnavailable, expected, Math.ceil));
  return minAvailable === undefined ? 0 : scaled(minAvailable, expected, Math.ceil);
}

/** Deployments, and the canaries of Argo Rollouts. */
function surgingDrop(wanted: number, { maxUnavailable = '25%', maxSurge = '25%' }: RollingUpdate = {}): number {
  const unavailable = scaled(maxUnavailable, wanted, Math.floor);
  // A rollout that may neither add a pod nor take one away could not move, so it takes one.
  const stuck = unavailable === 0 && scaled(maxSurge, wanted, Math.ceil) === 0;
  return Math.min(wanted, stuck ? 1 : unavailable);
}

function statefulSetDrop(wanted: number, { type, rollingUpdate = {} }: NonNullable<Spec['updateStrategy']>): number {
  if (type === 'OnDelete') return 0;
  const { maxUnavailable = 1, partition = 0 } = rollingUpdate;
  const unavailable = Math.max(1, scaled(maxUnavailable, wanted, Math.ceil));
  return Math.min(unavailable, Math.max(0, wanted - partition));
}

function daemonSetDrop(wanted: number, { type, rollingUpdate = {} }: NonNullable<Spec['updateStrategy']>): number {
  if (type === 'OnDelete') return 0;
  const { maxSurge = 0, maxUnavailable = 1 } = rollingUpdate;
  const unavailable = scaled(maxUnavailable, wanted, Math.ceil);
  const stuck = unavailable === 0 && scaled(maxSurge, wanted, Math.ceil) === 0;
  return Math.min(wanted, stuck ? 1 : unavailable);
}

function scaled(value: IntOrPercent, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}
