import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/gate/evidence.ts';
import { environmentsBefore, type GateFacts, judge } from '../../src/gate/judge.ts';
import type { Environment } from '../../src/mesh/environment.ts';
import { healthParts } from '../../src/mesh/health-policy.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';

function environment(name: string, after: string[], approval = false): Environment {
  return {
    name,
    after,
    clusters: [{ name, context: name }],
    waves: [[name]],
    gate: { approval, identity: 'optional', needs: [...healthParts] },
  };
}

const environments = [
  environment('dev', []),
  environment('staging', ['dev']),
  environment('production', ['staging'], true),
];
const [, , production] = environments as [Environment, Environment, Environment];

function seen(name: string, overrides: Partial<Evidence> = {}): Evidence {
  return {
    environment: name,
    source: 'record',
    bundle: 'sha256:b1',
    promoted: true,
    healthy: true,
    at: '2026-11-23T10:00:00.000Z',
    ...overrides,
  };
}

function facts(overrides: Partial<GateFacts> = {}): GateFacts {
  const plan = environmentPlan();
  return {
    environment: production,
    environments,
    bundle: 'sha256:b1',
    plan,
    approve: plan.digest,
    evidence: [seen('dev'), seen('staging')],
    ...overrides,
  };
}

function failures(overrides: Partial<GateFacts>): string[] {
  return judge(facts(overrides)).rules.flatMap(({ rule, result, facts }) =>
    result === 'fail' ? [`${rule}: ${facts}`] : [],
  );
}

describe('judge', () => {
  test('passes what has its order, its approval and its plan', () => {
    expect(judge(facts()).result).toBe('pass');
  });

  test.each<[string, Partial<GateFacts>, RegExp]>([
    ['no evidence', { evidence: [seen('dev')] }, /^order: nothing is known of staging/],
    [
      'another bundle before',
      { evidence: [seen('dev'), seen('staging', { bundle: 'sha256:b0' })] },
      /^order: staging runs bundle sha256:b0/,
    ],
    [
      'an unfinished promotion before',
      { evidence: [seen('dev'), seen('staging', { promoted: false })] },
      /^order: the promotion of this bundle to staging has not ended/,
    ],
    [
      'an unhealthy environment before',
      { evidence: [seen('dev', { healthy: false, detail: 'istiod is down' }), seen('staging')] },
      /^order: dev is not healthy, .*istiod is down/,
    ],
    [
      'an earlier wave that is not done',
      { earlierWaves: [seen('production, wave 1', { bundle: 'sha256:b0' })] },
      /^order: production, wave 1 runs bundle sha256:b0/,
    ],
    ['an approval of another plan', { approve: 'sha256:other' }, /^approval: the approval is for sha256:other/],
    ['a plan for another bundle', { bundle: 'sha256:b2' }, /^plan: the plan is for bundle sha256:b1/],
    [
      'a plan for another environment',
      { plan: environmentPlan({ environment: 'staging' }) },
      /^plan: the plan is for environment staging/,
    ],
  ])('fails on %s', (_name, overrides, message) => {
    expect(failures(overrides).some((failure) => message.test(failure))).toBe(true);
  });

  test('asks for no approval of a plan that is for something else', () => {
    const { approve: _approve, ...unapproved } = facts({ plan: environmentPlan({ environment: 'staging' }) });
    for (const given of [unapproved, { ...unapproved, approve: 'sha256:other' }]) {
      expect(judge(given).rules.find(({ rule }) => rule === 'approval')).toMatchObject({
        result: 'fail',
        cure: 'make a plan that passes, look at it and approve its digest',
      });
    }
  });

  test('fails on a plan with problems', () => {
    const id = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' };
    const plan = environmentPlan({
      clusters: [clusterPlan({ problems: [{ id, stage: 'base', kind: 'invalid', reason: 'no' }] })],
    });
    expect(failures({ plan, approve: plan.digest })).toEqual(['plan: the plan has 1 unsolved problem']);
  });

  test('fails without an approval where the environment asks for one, and passes where it does not', () => {
    const { approve: _approve, ...unapproved } = facts();
    expect(judge(unapproved).rules.at(-1)).toMatchObject({ rule: 'approval', result: 'fail' });
    const free = { ...unapproved, environment: { ...production, gate: { ...production.gate, approval: false } } };
    expect(judge(free).result).toBe('pass');
  });

  test('believes the clusters rather than a record, and a newer record rather than an older one', () => {
    const stale = seen('staging', { at: '2026-11-23T12:00:00.000Z' });
    const look = seen('staging', { source: 'cluster', bundle: 'sha256:b0', at: '2026-11-23T11:00:00.000Z' });
    expect(failures({ evidence: [seen('dev'), stale, look] })[0]).toMatch(/staging runs bundle sha256:b0/);
    const newer = seen('staging', { bundle: 'sha256:b0', at: '2026-11-23T13:00:00.000Z' });
    expect(failures({ evidence: [seen('dev'), stale, newer] })[0]).toMatch(/staging runs bundle sha256:b0/);
  });

  describe('where the identity of clusters is required', () => {
    const gate = { ...production.gate, approval: false, identity: 'required' as const };

    test('fails with the line to add for every cluster whose identity the mesh file does not name', () => {
      const unnamed = { ...production, gate };
      expect(judge(facts({ environment: unnamed })).rules.find(({ rule }) => rule === 'identity')).toMatchObject({
        result: 'fail',
        facts:
          'the mesh file does not name the identity of production, and environments.production.gate.identity is required',
        cure: expect.stringMatching(/^make sure that the plan is of these clusters, then add .* in the mesh file$/),
      });
    });

    test('passes where it names all of them, and says nothing where it is optional', () => {
      const clusters = production.clusters.map((cluster) => ({ ...cluster, identity: 'uid' }));
      const named = judge(facts({ environment: { ...production, clusters, gate } }));
      expect(named.rules.find(({ rule }) => rule === 'identity')).toMatchObject({ result: 'pass' });
      expect(judge(facts()).rules.some(({ rule }) => rule === 'identity')).toBe(false);
    });
  });

  describe('of what a look could not see', () => {
    const unseen: Evidence['unseen'] = [{ part: 'proxies', reason: 'p1: no right to forward ports' }];
    const look = seen('staging', { source: 'cluster', unseen });
    const withNeeds = (needs: Environment['gate']['needs'], given = look) =>
      judge(
        facts({
          environment: { ...production, gate: { ...production.gate, approval: false, needs } },
          evidence: [seen('dev'), given],
        }),
      );

    test('fails with the part, the reason and the field to change, where the part is needed', () => {
      expect(withNeeds(['proxies']).rules.find(({ result }) => result === 'fail')).toMatchObject({
        facts: expect.stringMatching(
          /^whether staging is healthy is not known, by a look .*: proxies: p1: no right to forward ports$/,
        ),
        cure: 'grant what the look lacks, or take proxies out of environments.production.gate.needs in the mesh file',
      });
    });

    test('passes where it is not needed, and says so', () => {
      const verdict = withNeeds(['objects', 'webhooks']);
      expect(verdict.result).toBe('pass');
      expect(
        verdict.rules.some(({ facts }) => /unknown are its proxies, which .*gate\.needs leaves out/.test(facts)),
      ).toBe(true);
    });

    test('fails on what is known to be unhealthy, whatever is needed', () => {
      const verdict = withNeeds([], { ...look, healthy: false, detail: 'p1: objects: istiod is scaled to 0' });
      expect(verdict.result).toBe('fail');
    });

    test('asks the same of earlier waves', () => {
      const wave = { ...look, environment: 'production, wave 1' };
      const gate = { ...production.gate, approval: false, needs: ['proxies' as const] };
      expect(failures({ environment: { ...production, gate }, earlierWaves: [wave] })).toEqual([
        expect.stringMatching(/^order: whether production, wave 1 is healthy is not known/),
      ]);
    });
  });

  test('asks of every environment before, not only of the last', () => {
    expect(environmentsBefore(production, environments)).toEqual(['staging', 'dev']);
  });
});
