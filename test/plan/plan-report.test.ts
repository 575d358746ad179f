import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/plan/plan.ts';
import { planMarkdown, planText } from '../../src/plan/plan-report.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';

const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };

function update(before: unknown, after: unknown): Change {
  return { action: 'update', id, stage: 'revision', fields: [{ path: '.data.mesh', before, after }], taken: [] };
}

function textOf(...changes: Change[]): string {
  return planText(environmentPlan({ clusters: [clusterPlan({ changes })] }), []);
}

describe('planText', () => {
  test('shows a changed value as before and after', () => {
    expect(textOf(update(6, 8))).toContain('  ~ ConfigMap istio-system/istio\n    .data.mesh: 6 → 8');
  });

  test('shows only the changed lines of a text', () => {
    const text = textOf(update('a: 1\nb: 2\nc: 3\n', 'a: 1\nb: 5\nc: 3\n'));
    expect(text).toContain('.data.mesh:\n      - b: 2\n      + b: 5\n');
    expect(text).not.toContain('a: 1');
  });

  test('says that there is nothing to do', () => {
    expect(textOf()).toContain('Nothing to do: production is what the bundle says.');
  });

  test('tells what could not be validated ahead', () => {
    const change: Change = { action: 'create', id, stage: 'base', after: 'sha256:1', validated: false };
    expect(textOf(change)).toContain('+ ConfigMap istio-system/istio (created, not validated before apply)');
  });

  test('names the owner of a conflicting field and the way out', () => {
    const problems = [
      {
        id,
        stage: 'base' as const,
        kind: 'conflict' as const,
        conflicts: [{ owner: 'hpa-fixer', field: '.spec.replicas' }],
      },
    ];
    const text = planText(environmentPlan({ clusters: [clusterPlan({ problems })] }), []);
    expect(text).toContain(
      '! "hpa-fixer" owns .spec.replicas of ConfigMap istio-system/istio: give it up there, or declare it',
    );
    expect(text).toContain('This plan cannot be promoted: 1 problem.');
  });

  test('shows how the render differs from that of the environment before', () => {
    const differences = [
      { kind: 'differs' as const, id, fields: [{ path: '.data.cluster', before: 'dev', after: 'staging' }] },
    ];
    const text = planText(environmentPlan(), [{ cluster: 'staging', comparedTo: 'dev', differences }]);
    expect(text).toContain(
      'staging is rendered otherwise than dev\n  ~ ConfigMap istio-system/istio\n    .data.cluster: dev → staging',
    );
  });
});

describe('planMarkdown', () => {
  test('keeps text of the cluster inside its block', () => {
    const markdown = planMarkdown(
      environmentPlan({ clusters: [clusterPlan({ changes: [update('x', '```\n# not a heading')] })] }),
      [],
    );
    expect(markdown).toContain('````diff');
  });
});
