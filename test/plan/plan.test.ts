import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../src/plan/parse-plan.ts';
import { type Change, isIntact } from '../../src/plan/plan.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';

const create: Change & { action: 'create' } = {
  action: 'create',
  id: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'c' },
  stage: 'base',
  after: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'n', name: 'c' }, data: { a: '1' } },
  validated: true,
};

describe('the digest of a plan', () => {
  test('covers what is changed, and where', () => {
    const plain = environmentPlan();
    const changed = environmentPlan({ clusters: [clusterPlan({ changes: [create] })] });
    const elsewhere = environmentPlan({
      clusters: [clusterPlan({ identity: { uid: 'other', server: 'https://dev', version: 'v1.34.2' } })],
    });
    const other = { ...create, after: { ...create.after, data: { a: '2' } } };
    const otherwise = environmentPlan({ clusters: [clusterPlan({ changes: [other] })] });
    const policy = environmentPlan({ clusters: [clusterPlan({ policy: [{ path: '.upgrade.soak', after: 1 }] })] });
    const runs = { bundle: 'sha256:b0', istio: { version: '1.31.0', revision: '1-31-0' } };
    const from = environmentPlan({ clusters: [clusterPlan({ runs })] });
    const digests = [plain, changed, elsewhere, otherwise, policy, from].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('does not depend on the address of the API server, on counts, or on what could be validated ahead', () => {
    const one = clusterPlan({ changes: [create] });
    const other = clusterPlan({
      changes: [{ ...create, validated: false }],
      unchanged: 9,
      warnings: [{ id: create.id, text: 'deprecated' }],
      identity: { uid: 'uid-dev', server: 'https://elsewhere', version: 'v1.35.0' },
    });
    expect(one.digest).toBe(other.digest);
  });
});

describe('parsePlan', () => {
  test('reads what was written', () => {
    const plan = environmentPlan({ clusters: [clusterPlan({ changes: [create] })] });
    expect(parsePlan(JSON.stringify(plan), 'plan.json')).toEqual(plan);
    expect(isIntact(plan)).toBe(true);
  });

  test('refuses a plan whose changes were edited', () => {
    const plan = environmentPlan();
    const [cluster] = plan.clusters;
    const edited = { ...plan, clusters: [{ ...cluster, changes: [create] }] };
    expect(() => parsePlan(JSON.stringify(edited), 'plan.json')).toThrow(
      /plan\.json does not have the digest it names/,
    );
  });

  test.each([
    ['{', /plan\.json is not a plan: /],
    ['{"kind":"Promotion","apiVersion":"istio-delivery/v1"}', /expected a Plan of istio-delivery\/v1, got Promotion/],
    ['{"kind":"Plan","apiVersion":"istio-delivery/v1"}', /plan\.json is not a plan: .*got nothing; run plan again/],
    ['null', /got no kind of no apiVersion; give the file that plan wrote/],
    [
      JSON.stringify(
        environmentPlan({
          clusters: [clusterPlan({ changes: [{ ...create, id: { ...create.id, kind: 7 } } as never] })],
        }),
      ),
      /plan\.json is not a plan: clusters\[0\]\.changes\[0\]\.id\.kind: expected text, got 7; run plan again/,
    ],
    [JSON.stringify({ ...environmentPlan(), unheard: true }), /unheard is unknown to istio-delivery/],
    [
      JSON.stringify({ ...environmentPlan(), apiVersion: 'istio-delivery/v2' }),
      /plan plan\.json cannot be read: it is of istio-delivery\/v2, and istio-delivery .* reads istio-delivery\/v1: take the version that wrote it, or run plan again/,
    ],
  ])('says why %s is none', (text, message) => {
    expect(() => parsePlan(text, 'plan.json')).toThrow(message);
  });
});
