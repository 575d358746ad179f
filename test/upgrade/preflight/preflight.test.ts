import { describe, expect, test } from 'vitest';
import type { Waiver } from '../../../src/mesh/upgrade-policy.ts';
import { checks } from '../../../src/upgrade/preflight/checks.ts';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { blocks, findingLines, preflightFindings } from '../../../src/upgrade/preflight/preflight.ts';
import { meshFacts, pod, workload } from '../../support/mesh-facts.ts';

const recreate = { strategy: { type: 'Recreate' } };

/** A mesh with two workloads that are recreated, one that is paused, and these waivers. */
function troubled(...waivers: Waiver[]): MeshFacts {
  return meshFacts({
    policy: { ...meshFacts().policy, waivers },
    workloads: [
      ...meshFacts().workloads.filter(({ metadata }) => metadata.namespace === 'istio-system'),
      workload('shop/web', { spec: recreate }),
      workload('shop/api', { spec: recreate }),
      workload('shop/job', { spec: { paused: true } }),
    ],
    pods: [...meshFacts().pods, ...['web', 'api', 'job'].map((app) => pod(`shop/${app}-1`, { labels: { app } }))],
  });
}

describe('the preflight', () => {
  test('has nothing to say of a clean mesh', () => {
    expect(preflightFindings(meshFacts())).toEqual([]);
    expect(blocks([])).toBe(false);
  });

  test('has a title for each check, and each check once', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { title } of checks) expect(title).toMatch(/^[A-Z].*\w$/);
  });

  test('names what each check finds, and is stopped by failures alone', () => {
    const findings = preflightFindings(troubled());
    expect(findings.map(({ check, level, object }) => [check, level, object])).toEqual([
      ['recreate', 'fail', 'Deployment shop/web'],
      ['recreate', 'fail', 'Deployment shop/api'],
      ['paused', 'warn', 'Deployment shop/job'],
    ]);
    expect(blocks(findings)).toBe(true);
    expect(blocks(findings.filter(({ level }) => level !== 'fail'))).toBe(false);
  });

  test('goes on where every failure is waived, and lists it with the reason', () => {
    const findings = preflightFindings(troubled({ check: 'recreate', reason: 'nobody shops at night' }));
    expect(blocks(findings)).toBe(false);
    expect(findings.map(({ check, level, waived }) => [check, level, waived])).toEqual([
      ['recreate', 'fail', 'nobody shops at night'],
      ['recreate', 'fail', 'nobody shops at night'],
      ['paused', 'warn', undefined],
    ]);
  });

  test('waives one object where the waiver names one', () => {
    const findings = preflightFindings(
      troubled({ check: 'recreate', object: 'Deployment shop/api', reason: 'it may rest' }),
    );
    expect(findings.filter(({ waived }) => waived !== undefined).map(({ object }) => object)).toEqual([
      'Deployment shop/api',
    ]);
    expect(blocks(findings)).toBe(true);
  });

  test('is stopped by a waiver of a check that does not exist, and says what was probably meant', () => {
    const facts = meshFacts({
      policy: { ...meshFacts().policy, waivers: [{ check: 'recreat', reason: 'a slip' }] },
    });
    const findings = preflightFindings(facts);
    expect(findings).toEqual([
      {
        check: 'waivers',
        level: 'fail',
        reason: 'upgrade.waivers names the check "recreat", which does not exist',
        cure: 'correct it in the mesh file: did you mean "recreate"?',
      },
    ]);
    expect(blocks(findings)).toBe(true);
  });

  test('prints a line for each finding, what stops first', () => {
    const waiver = { check: 'recreate', object: 'Deployment shop/web', reason: 'nobody shops at night' };
    expect(findingLines(preflightFindings(troubled(waiver)))).toEqual([
      expect.stringMatching(/^fail recreate Deployment shop\/api: its strategy is Recreate: .*; give it the strategy/),
      expect.stringMatching(/^waived recreate Deployment shop\/web: .*; waived: nobody shops at night$/),
      expect.stringMatching(/^warn paused Deployment shop\/job: its rollout is paused/),
    ]);
  });
});
