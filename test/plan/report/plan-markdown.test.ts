import { describe, expect, test } from 'vitest';
import type { Change, Plan } from '../../../src/plan/plan.ts';
import { planMarkdown } from '../../../src/plan/report/plan-markdown.ts';
import { planReport } from '../../../src/plan/report/plan-report.ts';
import { markdownSource } from '../../../src/text/markdown.ts';
import { clusterPlan, environmentPlan } from '../../support/plans.ts';

const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };

function markdownOf(changes: Change[], over: Partial<Plan> = {}, limit?: number): string {
  const report = planReport(environmentPlan({ clusters: [clusterPlan({ changes })], ...over }), []);
  return markdownSource(planMarkdown(report, { file: 'plan.diff', ...(limit === undefined ? {} : { limit }) }));
}

function create(name: string, lines: number): Change {
  const data = Object.fromEntries(Array.from({ length: lines }, (_, index) => [`k${index}`, 'v']));
  const after = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  return { action: 'create', id: { ...id, name }, stage: 'base', after, validated: true };
}

describe('planMarkdown', () => {
  test('keeps text of the cluster inside its block', () => {
    const fields = [{ path: '.data.mesh', before: 'x', after: '```\n# not a heading' }];
    expect(markdownOf([{ action: 'update', id, stage: 'revision', fields, taken: [] }])).toContain('````diff');
  });

  test('lets no name become Markdown or HTML', () => {
    const name = '<img src=x>*bold*[link](x)';
    const markdown = markdownOf([create(name, 60)], { environment: name });
    expect(markdown.replace(/```diff.*?```/gs, '')).not.toContain('<img');
    expect(markdown).toContain('\\[link\\](x)');
  });

  test('folds a long object by itself, and leaves short ones together', () => {
    const markdown = markdownOf([create('a', 1), create('b', 1), create('long', 60)]);
    expect(markdown.match(/```diff/g)).toHaveLength(2);
    expect(markdown).toContain('<summary>+ ConfigMap istio-system/long (v1), base (65 lines)</summary>');
  });

  test('stays within what a summary holds, and says what is left out and where it is', () => {
    const many = Array.from({ length: 2000 }, (_, index) => create(`c${index}`, 60));
    const limit = 800 * 1024;
    const markdown = markdownOf(many, {}, limit);
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024);
    const small = Array.from({ length: 12_000 }, (_, index) => create(`c${index}`, 20));
    expect(Buffer.byteLength(markdownOf(small, {}, limit))).toBeLessThan(1024 * 1024);
    expect(markdown).toMatch(
      /> Left out here: the contents of \d+ objects \(\d+ ConfigMap\); plan\.diff has all of it\./,
    );
  });
});
