import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budgetDemand, rolloutFloor } from '../../../src/upgrade/workloads/rollout-floor.ts';
import { object, workload } from '../../support/mesh-facts.ts';

const rolling = (rollingUpdate: object) => ({ strategy: { type: 'RollingUpdate', rollingUpdate } });
const updating = (type: string, rollingUpdate?: object) => ({ updateStrategy: { type, rollingUpdate } });

describe('the floor of a rollout', () => {
  test.each<[string, number, object, number]>([
    ['that is left at its defaults', 3, {}, 3],
    ['that is left at its defaults, with four replicas', 4, {}, 3],
    ['that may miss a number', 3, rolling({ maxUnavailable: 2 }), 1],
    ['that may miss more than there are', 3, rolling({ maxUnavailable: 5 }), 0],
    ['that may miss a percentage, rounded down', 5, rolling({ maxUnavailable: '30%' }), 4],
    ['that may miss all', 2, rolling({ maxUnavailable: '100%' }), 0],
    ['that adds one first', 1, rolling({ maxUnavailable: 0, maxSurge: 1 }), 1],
    ['that adds a percentage, rounded up', 3, rolling({ maxUnavailable: 0, maxSurge: '10%' }), 3],
    ['that may do neither, and so takes one', 3, rolling({ maxUnavailable: '10%', maxSurge: 0 }), 2],
    ['that recreates', 3, { strategy: { type: 'Recreate' } }, 0],
    ['without replicas', 0, rolling({ maxUnavailable: 1 }), 0],
  ])('of a Deployment %s', (_name, replicas, spec, floor) => {
    expect(rolloutFloor(workload('shop/web', { replicas, spec: spec as Record<string, unknown> }))).toBe(floor);
  });

  test.each<[string, number, object, number]>([
    ['that takes one at a time', 3, {}, 2],
    ['that may miss a number', 3, updating('RollingUpdate', { maxUnavailable: 2 }), 1],
    ['that may miss a percentage, rounded up', 5, updating('RollingUpdate', { maxUnavailable: '30%' }), 3],
    ['that keeps all behind its partition', 3, updating('RollingUpdate', { partition: 3 }), 3],
    ['that keeps some behind its partition', 3, updating('RollingUpdate', { partition: 2, maxUnavailable: 2 }), 2],
    ['that waits for deletions', 3, updating('OnDelete'), 3],
  ])('of a StatefulSet %s', (_name, replicas, spec, floor) => {
    const object = workload('shop/db', { kind: 'StatefulSet', replicas, spec: spec as Record<string, unknown> });
    expect(rolloutFloor(object)).toBe(floor);
  });

  test.each<[string, number, object, number]>([
    ['that takes one node at a time', 3, {}, 2],
    ['that may miss a percentage, rounded up', 10, updating('RollingUpdate', { maxUnavailable: '25%' }), 7],
    ['that adds one first', 3, updating('RollingUpdate', { maxUnavailable: 0, maxSurge: 1 }), 3],
    ['that waits for deletions', 3, updating('OnDelete'), 3],
  ])('of a DaemonSet %s', (_name, replicas, spec, floor) => {
    const object = workload('shop/agent', { kind: 'DaemonSet', replicas, spec: spec as Record<string, unknown> });
    expect(rolloutFloor(object)).toBe(floor);
  });

  test.each<[string, object, number]>([
    ['with blue and green', { strategy: { blueGreen: { activeService: 'web' } } }, 4],
    ['with a canary at its defaults', { strategy: { canary: {} } }, 3],
    ['with a canary that may miss two', { strategy: { canary: { maxUnavailable: 2 } } }, 2],
  ])('of an Argo Rollout %s', (_name, spec, floor) => {
    const object = workload('shop/web', { kind: 'Rollout', replicas: 4, spec: spec as Record<string, unknown> });
    expect(rolloutFloor(object)).toBe(floor);
  });

  test('is never below zero, never above the replicas, and rolls something unless nothing may go', () => {
    const amount = fc.oneof(
      fc.nat(20),
      fc.nat(100).map((percent) => `${percent}%`),
    );
    fc.assert(
      fc.property(fc.nat(50), amount, amount, (replicas, maxUnavailable, maxSurge) => {
        const spec = rolling({ maxUnavailable, maxSurge });
        const floor = rolloutFloor(workload('shop/web', { replicas, spec }));
        expect(floor).toBeGreaterThanOrEqual(0);
        expect(floor).toBeLessThanOrEqual(replicas);
        if (maxSurge === 0 || maxSurge === '0%') expect(floor).toBeLessThan(Math.max(1, replicas));
      }),
    );
  });
});

describe('the demand of a PodDisruptionBudget', () => {
  test.each<[object, number, number]>([
    [{ minAvailable: 2 }, 3, 2],
    [{ minAvailable: 5 }, 3, 5],
    [{ minAvailable: '50%' }, 3, 2],
    [{ minAvailable: '100%' }, 3, 3],
    [{ maxUnavailable: 1 }, 3, 2],
    [{ maxUnavailable: 5 }, 3, 0],
    [{ maxUnavailable: '30%' }, 3, 2],
    [{ maxUnavailable: '0%' }, 3, 3],
    [{ maxUnavailable: 0 }, 3, 3],
    [{}, 3, 0],
  ])('of %j for %i pods is %i', (spec, expected, demand) => {
    expect(budgetDemand(object('policy/v1', 'PodDisruptionBudget', 'shop/web', { spec }), expected)).toBe(demand);
  });
});
