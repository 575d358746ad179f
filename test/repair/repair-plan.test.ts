import { describe, expect, test } from 'vitest';
import { parseRepairPlan, type RepairPlan } from '../../src/repair/repair-plan.ts';
import { repairPlanText } from '../../src/repair/repair-text.ts';
import { repairPlan } from '../support/repair-plans.ts';

describe('parseRepairPlan', () => {
  test('reads what repair wrote', () => {
    const plan = repairPlan();
    expect(parseRepairPlan(JSON.stringify(plan), 'repair-plan.json')).toEqual(plan);
  });

  test.each<[string, (plan: RepairPlan) => unknown, string, string]>([
    ['null', () => null, 'usage', 'is not a repair plan: expected a RepairPlan of istio-delivery/v1, got no kind'],
    [
      'a plan of promote',
      (plan) => ({ ...plan, kind: 'Plan' }),
      'usage',
      'is not a repair plan: expected a RepairPlan of istio-delivery/v1, got Plan',
    ],
    [
      'one with a write that is none',
      (plan) => ({ ...plan, clusters: plan.clusters.map((repair) => ({ ...repair, writes: [{ document: 'all' }] })) }),
      'usage',
      'clusters[0].writes[0].document: expected a known document, got "all"',
    ],
    [
      'one that was changed',
      (plan) => ({ ...plan, bundle: 'sha256:b2' }),
      'refused',
      'does not have the digest it names',
    ],
    [
      'one with another cluster',
      (plan) => ({ ...plan, clusters: plan.clusters.map((repair) => ({ ...repair, writes: [] })) }),
      'refused',
      'does not have the digest it names',
    ],
  ])('refuses %s', (_, change, kind, message) => {
    const text = JSON.stringify(change(repairPlan()));
    expect(() => parseRepairPlan(text, 'repair-plan.json')).toThrow(
      expect.objectContaining({ code: 'RepairPlanInvalid', kind, message: expect.stringContaining(message) }),
    );
  });

  test('has one digest wherever the cluster answers, and another one for another cluster', () => {
    const [first] = repairPlan().clusters;
    const [second] = repairPlan({ identity: { uid: 'u1', server: 'https://10.0.0.1', version: 'v1.35.0' } }).clusters;
    const [third] = repairPlan({
      identity: { uid: 'u2', server: 'https://east.example', version: 'v1.34.2' },
    }).clusters;
    expect(second?.digest).toBe(first?.digest);
    expect(third?.digest).not.toBe(first?.digest);
  });
});

describe('repairPlanText', () => {
  test('says what was found, what is written, and what is left', () => {
    expect(repairPlanText(repairPlan()).slice(0, -1)).toEqual([
      'Repair of the state of production, where bundle sha256:b1 is said to run',
      '',
      'east (Kubernetes v1.34.2, https://east.example, kube-system u1)',
      '  control planes: 1-31-0 (Istio 1.31.0)',
      '  istio-delivery-promotion: damaged: it has no signature',
      '  istio-delivery-inventory: sound',
      '  istio-delivery-upgrade: not there',
      '  → the promotion record is written anew: this bundle runs, and is kept; the one before it is not known any more',
      '  not as the bundle has them, and left as they are:',
      '    Service shop/web',
      "  with the mesh's label and not of the bundle: nothing prunes them:",
      '    ConfigMap istio-system/old',
      '',
    ]);
  });

  test('says that there is nothing to repair', () => {
    expect(repairPlanText(repairPlan({ writes: [] })).at(-1)).toBe('Nothing to repair.');
  });
});
