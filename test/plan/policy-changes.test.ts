import { describe, expect, test } from 'vitest';
import type { BundlePolicy } from '../../src/bundle/policy.ts';
import type { HealthPart } from '../../src/mesh/health-policy.ts';
import { policyChanges, policyWords } from '../../src/plan/policy-changes.ts';

const production = {
  name: 'production',
  after: ['dev', 'staging'],
  clusters: [{ name: 'p1', context: 'p1', identity: 'u1' }],
  waves: [['p1'], ['p2']],
  gate: { approval: true, identity: 'optional' as const, needs: ['objects', 'proxies'] as HealthPart[] },
};
const group = { name: 'main', namespaces: ['shop'], tag: 'prod', label: 'managed' as const, batch: 1, soak: 60 };
const probe: NonNullable<BundlePolicy['probe']> = {
  targets: [{ name: 'front', url: 'http://front', method: 'GET', headers: {}, rate: 5 }],
  thresholds: { success: 100, p99: 500, minimum: 100 },
  load: { image: 'vegeta', pullPolicy: 'IfNotPresent' },
  baseline: 30,
  settle: 10,
  checks: ['proxies', 'webhooks'],
};
const running: BundlePolicy = {
  environments: [production],
  namespaces: { root: 'istio-config', controlPlane: 'istio-system' },
  upgrade: { groups: [group], soak: 600, acknowledgeNotes: true, waivers: [] },
  health: { settle: 60 },
  probe,
};

function environment(over: object): BundlePolicy {
  return { ...running, environments: [{ ...production, ...over }] };
}

function upgrade(over: object): BundlePolicy {
  return { ...running, upgrade: { ...running.upgrade, ...over } };
}

const withoutProbe: BundlePolicy = { ...running };
delete withoutProbe.probe;
const field = { kind: 'VirtualService', name: '*', namespace: '*', owner: 'x', reason: 'they shift traffic' };
const waiver = { check: 'rollout-floor', reason: 'it is known and small' };

describe('a difference of policy', () => {
  test.each<[string, boolean, BundlePolicy]>([
    ['production no longer asks for an approval', true, environment({ gate: { ...production.gate, approval: false } })],
    [
      'the gate of production no longer needs proxies',
      true,
      environment({ gate: { ...production.gate, needs: ['objects'] } }),
    ],
    [
      'the gate of production needs tags',
      false,
      environment({ gate: { ...production.gate, needs: ['objects', 'tags', 'proxies'] } }),
    ],
    ['proxies may be out of sync longer', true, { ...running, health: { settle: 300 } }],
    ['proxies may be out of sync shorter', false, { ...running, health: { settle: 30 } }],
    ['production no longer waits for staging', true, environment({ after: ['dev'] })],
    ['production waits for qa', false, environment({ after: ['dev', 'staging', 'qa'] })],
    ['production has a wave more', false, environment({ waves: [['p1'], ['p2'], ['p3']] })],
    ['production has a wave less', true, environment({ waves: [['p1', 'p2']] })],
    ['the waves of production change', false, environment({ waves: [['p1', 'p3'], ['p2']] })],
    [
      'cluster p1 is no longer pinned by its identity',
      true,
      environment({ clusters: [{ name: 'p1', context: 'p1' }] }),
    ],
    ['environment production is removed', false, { ...running, environments: [] }],
    [
      'the control plane has another namespace',
      false,
      { ...running, namespaces: { ...running.namespaces, controlPlane: 'default' } },
    ],
    ['group main soaks shorter', true, upgrade({ groups: [{ ...group, soak: 0 }] })],
    ['group main soaks longer', false, upgrade({ groups: [{ ...group, soak: 90 }] })],
    ['group main moves more workloads at a time', true, upgrade({ groups: [{ ...group, batch: 5 }] })],
    ['group main changes', false, upgrade({ groups: [{ ...group, tag: 'other' }] })],
    ['group main is removed', false, upgrade({ groups: [] })],
    ['a preflight check is waived', true, upgrade({ waivers: [waiver] })],
    ['upgrade notes need no longer be acknowledged', true, upgrade({ acknowledgeNotes: false })],
    ['the mesh soaks shorter before the old revision may go', true, upgrade({ soak: 0 })],
    ['traffic is no longer watched', true, withoutProbe],
    [
      "the probe's threshold success is lower",
      true,
      { ...running, probe: { ...probe, thresholds: { ...probe.thresholds, success: 90 } } },
    ],
    [
      "the probe's threshold p99 is higher",
      true,
      { ...running, probe: { ...probe, thresholds: { success: 100, minimum: 100 } } },
    ],
    ["the probe's checks lose one", true, { ...running, probe: { ...probe, checks: ['proxies'] } }],
    [
      'fields are left to others',
      true,
      {
        ...running,
        fields: [{ ...field, path: '.spec.http' }],
      },
    ],
    ["the probe's targets lose one", true, { ...running, probe: { ...probe, targets: [] } }],
  ])('is said: %s', (text, loosens, next) => {
    expect(policyChanges(running, next).map(policyWords)).toContainEqual({ text, loosens });
  });

  test('is none where nothing runs yet, and none between equal ones', () => {
    expect(policyChanges(undefined, running)).toEqual([]);
    expect(policyChanges(running, structuredClone(running))).toEqual([]);
  });
});
