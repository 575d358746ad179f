import { describe, expect, test } from 'vitest';
import type { ClusterOutcome } from '../../src/apply/promote-environment.ts';
import type { Verdict } from '../../src/gate/verdict.ts';
import { evidenceOf, parseRecord } from '../../src/record/evidence.ts';
import { type DeliveryRecord, type RecordFacts, recordOf } from '../../src/record/record.ts';
import { recordMarkdown, recordText } from '../../src/record/summary.ts';
import { markdownSource } from '../../src/text/markdown.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';
import { probeResult, rehearsalRecord } from '../support/rehearsal.ts';

const verdict: Verdict = {
  environment: 'production',
  bundle: 'sha256:b1',
  plan: 'sha256:p1',
  result: 'pass',
  rules: [],
};

function target(name: string) {
  return { name, context: name };
}

function promoted(cluster: string): ClusterOutcome {
  return { cluster, finished: '2026-11-23T10:00:05.000Z', result: 'promoted', stages: [] };
}

function failed(cluster: string, reason: string): ClusterOutcome {
  return { cluster, finished: '2026-11-23T10:00:05.000Z', result: 'failed', code: 'NotReady', kind: 'failed', reason };
}

function untouched(cluster: string): ClusterOutcome {
  return { cluster, result: 'not started', reason: 'interrupted' };
}

function halfway(cluster: string): ClusterOutcome {
  return { ...failed(cluster, 'it was interrupted'), code: 'Interrupted', kind: 'interrupted' } as ClusterOutcome;
}

function record(outcomes: ClusterOutcome[], overrides: Partial<RecordFacts> = {}): DeliveryRecord {
  return recordOf({
    manifest: { mesh: 'acme', istio: { version: '1.31.0', revision: '1-31-0' }, digest: 'sha256:b1' },
    environment: { name: 'production', clusters: [target('dev'), target('other')] },
    plan: environmentPlan({ clusters: [clusterPlan(), clusterPlan({ cluster: 'other' })] }),
    origin: { actor: 'someone' },
    started: new Date('2026-11-23T10:00:00Z'),
    finished: new Date('2026-11-23T10:00:06Z'),
    verdict,
    outcomes,
    ...overrides,
  });
}

describe('recordOf', () => {
  test.each<[string, ClusterOutcome[], DeliveryRecord['result']]>([
    ['all clusters', [promoted('dev'), promoted('other')], 'promoted'],
    ['one wave of two', [promoted('dev')], 'partial'],
    [
      'a failure',
      [failed('dev', 'istiod'), { cluster: 'other', result: 'not started', reason: 'an earlier wave failed' }],
      'failed',
    ],
    ['an interruption before the first write', [untouched('dev'), untouched('other')], 'interrupted'],
    ['an interruption between two waves', [promoted('dev'), untouched('other')], 'interrupted'],
    ['an interruption halfway', [halfway('dev'), promoted('other')], 'interrupted'],
    ['an interruption beside a failure', [failed('dev', 'istiod'), untouched('other')], 'interrupted'],
  ])('%s', (_name, outcomes, result) => {
    expect(record(outcomes).result).toBe(result);
  });

  test('ends the promotion of the environment with its last wave', () => {
    expect(record([promoted('other')], { before: 1 }).result).toBe('promoted');
  });

  test('is refused when the gate fails', () => {
    expect(record([], { verdict: { ...verdict, result: 'fail' } }).result).toBe('refused');
  });

  test('names what was asked for, also where the plan that was given is for something else', () => {
    const plan = environmentPlan({ mesh: 'other', environment: 'staging', bundle: 'sha256:b0' });
    const refused = record([], { plan, verdict: { ...verdict, result: 'fail' } });
    expect(refused).toMatchObject({
      mesh: 'acme',
      environment: 'production',
      bundle: 'sha256:b1',
      plan: plan.digest,
      result: 'refused',
    });
    expect(recordText(refused).join('\n')).toMatch(/^production: promotion refused\n {2}bundle sha256:b1\n/);
    expect(markdownSource(recordMarkdown(refused))).toMatch(/^### production: promotion refused\n\nMesh acme,/);
  });
});

describe('evidenceOf', () => {
  test('proves a promotion that ended well, and nothing for another mesh', () => {
    const read = parseRecord(JSON.stringify(record([promoted('dev'), promoted('other')])), 'record.json');
    expect(evidenceOf(read, 'acme')).toMatchObject([
      { environment: 'production', bundle: 'sha256:b1', promoted: true, healthy: true },
    ]);
    expect(evidenceOf(read, 'another')).toEqual([]);
  });

  test('proves nothing by a promotion that is not finished', () => {
    expect(evidenceOf(record([promoted('dev')]), 'acme')).toMatchObject([{ promoted: false, healthy: false }]);
  });

  test('proves nothing by configuration that was promoted while an upgrade was open', () => {
    const during = { ...promoted('dev'), during: 'a-to-b-1' };
    const amended = record([during, promoted('other')]);
    expect(evidenceOf(amended, 'acme')).toMatchObject([
      { promoted: false, detail: 'only configuration was promoted, while upgrade a-to-b-1 was open' },
    ]);
    expect(recordText(amended).join('\n')).toMatch(/^production: its configuration is promoted; an upgrade is open/);
  });

  test('takes no rehearsal for evidence, and says why', () => {
    expect(() => parseRecord(JSON.stringify(rehearsalRecord()), 'rehearsal.json')).toThrow(
      /evidence rehearsal\.json is not a record of a promotion.*Rehearsal.*proves nothing of an environment.*give the file that promote or upgrade wrote/,
    );
  });

  test('says which file is no record', () => {
    expect(() => parseRecord('{"kind":"Plan"}', 'x.json')).toThrow(/evidence x\.json is not a record.*got Plan/);
  });
});

describe('recordMarkdown', () => {
  test('keeps text from a cluster inside its cell', () => {
    const markdown = markdownSource(recordMarkdown(record([failed('dev', 'bad | news\n<script>')])));
    expect(markdown).toContain('bad \\| news &lt;script&gt;');
  });

  test('tells how the traffic of a cluster took it', () => {
    const failures = [{ target: 'ingress', at: 206, count: 17, reason: 'status 503' }];
    const told = record([{ ...failed('dev', 'traffic'), probe: probeResult({ failures }) }]);
    expect(markdownSource(recordMarkdown(told))).toContain(
      '#### dev\n\n**Traffic: fail**, 17 of 9,000 requests failed',
    );
    expect(recordText(told).join('\n')).toContain('  dev: traffic: fail: 17 of 9,000 requests failed');
    expect(markdownSource(recordMarkdown(record([failed('dev', 'traffic')])))).not.toContain('Traffic');
  });
});
