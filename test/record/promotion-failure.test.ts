import { describe, expect, test } from 'vitest';
import type { ClusterOutcome } from '../../src/apply/promote-environment.ts';
import { idleWord, isWorthKeeping } from '../../src/record/idle-record.ts';
import { promotionFailure } from '../../src/record/promotion-failure.ts';
import { type DeliveryRecord, recordOf } from '../../src/record/record.ts';
import { recordMarkdown, recordText } from '../../src/record/summary.ts';
import { markdownSource } from '../../src/text/markdown.ts';
import { environmentPlan } from '../support/plans.ts';

const finished = '2026-11-23T10:00:05.000Z';
const promoted = (cluster: string): ClusterOutcome => ({ cluster, finished, result: 'promoted', stages: [] });
const unchanged = (cluster: string): ClusterOutcome => ({ cluster, finished, result: 'unchanged', stages: [] });
const failed = (
  cluster: string,
  kind: 'failed' | 'refused' | 'usage' | 'interrupted' = 'failed',
  untouched = false,
): ClusterOutcome => ({
  cluster,
  finished,
  result: 'failed',
  code: 'Code',
  kind,
  reason: `why ${cluster}`,
  ...(untouched ? { untouched } : {}),
});
const notBegun = (
  cluster: string,
  reason: 'interrupted' | 'an earlier wave failed' = 'interrupted',
): ClusterOutcome => ({ cluster, result: 'not started', reason });

function record(...outcomes: ClusterOutcome[]): DeliveryRecord {
  return recordOf({
    manifest: { mesh: 'acme', istio: { version: '1.31.0', revision: '1-31-0' }, digest: 'sha256:b1' },
    environment: { name: 'prod', clusters: outcomes.map(({ cluster }) => ({ name: cluster, context: cluster })) },
    plan: environmentPlan(),
    origin: { actor: 'someone' },
    started: new Date('2026-11-23T10:00:00Z'),
    finished: new Date('2026-11-23T10:00:06Z'),
    verdict: { environment: 'prod', bundle: 'b', plan: 'p', result: 'pass', rules: [] },
    outcomes,
  });
}

describe('promotionFailure', () => {
  test.each<[string, ClusterOutcome[], ReturnType<typeof promotionFailure>]>([
    ['all promoted', [promoted('a'), promoted('b')], undefined],
    [
      'interrupted before the first write',
      [notBegun('a'), notBegun('b')],
      { kind: 'interrupted', reason: 'promotion of prod was interrupted, nothing was written; run it again' },
    ],
    [
      'interrupted between two waves',
      [promoted('a'), unchanged('b'), notBegun('c')],
      {
        kind: 'interrupted',
        reason:
          'promotion of prod was interrupted: a is promoted; b is unchanged; c was not begun; the same plan goes on when it is promoted again',
      },
    ],
    [
      'interrupted in the middle, beside a failure',
      [failed('a', 'interrupted'), failed('b'), notBegun('c')],
      {
        kind: 'interrupted',
        reason:
          'promotion of prod was interrupted: a was left halfway; c was not begun; the same plan goes on when it is promoted again\nb (Code): why b',
      },
    ],
    [
      'a failure',
      [promoted('a'), failed('b'), notBegun('c', 'an earlier wave failed')],
      { kind: 'failed', reason: 'b (Code): why b' },
    ],
    ['a refusal', [failed('a', 'refused', true)], { kind: 'refused', reason: 'a (Code): why a' }],
    ['a mistake of the caller', [failed('a', 'usage', true)], { kind: 'usage', reason: 'a (Code): why a' }],
    [
      'a mistake beside a promotion',
      [promoted('a'), failed('b', 'usage')],
      { kind: 'failed', reason: 'b (Code): why b' },
    ],
  ])('%s', (_name, outcomes, failure) => {
    expect(promotionFailure(record(...outcomes))).toEqual(failure);
  });

  test('is the one place on a terminal that says why a cluster failed', () => {
    const text = recordText(record(promoted('a'), failed('b'))).join('\n');
    expect(text).toContain('  b: failed (Code)');
    expect(text).not.toContain('why b');
    expect(markdownSource(recordMarkdown(record(failed('b'))))).toContain('| b | failed | Code: why b |');
  });

  test('a cluster that was not begun says why', () => {
    expect(recordText(record(notBegun('a'))).join('\n')).toContain('  a: not started: interrupted');
    expect(recordText(record(failed('a'), notBegun('b', 'an earlier wave failed'))).join('\n')).toContain(
      '  b: not started: an earlier wave failed',
    );
  });
});

describe('a record of a run that changed nothing', () => {
  test.each<[string, ClusterOutcome[], string | undefined]>([
    ['refused by the gate', [], 'refused'],
    ['refused everywhere', [failed('a', 'refused', true)], 'refused'],
    ['unreachable', [failed('a', 'failed', true), notBegun('b', 'an earlier wave failed')], 'failed'],
    ['interrupted at once', [notBegun('a')], 'interrupted'],
    ['nothing to do beside a cluster that is unreachable', [unchanged('a'), failed('b', 'failed', true)], 'failed'],
    ['failed halfway', [failed('a')], undefined],
    ['promoted', [promoted('a')], undefined],
    ['nothing to do, which is evidence', [unchanged('a')], undefined],
  ])('%s', (_name, outcomes, word) => {
    const gated = record(...outcomes);
    const told = outcomes.length > 0 ? gated : ({ ...gated, result: 'refused' } as const);
    expect(idleWord(told)).toBe(word);
    expect(isWorthKeeping(JSON.stringify(told))).toBe(word === undefined);
  });

  test.each(['', '{', 'null', '{"kind":"Plan"}'])('%j is no record to keep', (text) => {
    expect(isWorthKeeping(text)).toBe(false);
  });
});
