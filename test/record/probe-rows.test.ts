import { expect, test } from 'vitest';
import { answerRows, thresholdRows } from '../../src/record/probe-rows.ts';

test('thresholdRows says by what each target is judged, alike ones together, and what of it is not', () => {
  const strict = { success: 100, slowdown: 10, medianSlowdown: 3, noise: 50, mayLose: [], minimum: 50 };
  const rows = thresholdRows([
    { target: 'ingress', ...strict },
    { target: 'egress', ...strict },
    { target: 'shop', success: 98, p99: 500, mayLose: ['x-old', 'x-older'], minimum: 1000 },
    { target: 'pay', success: 99.9, slowdown: 2, minimum: 50 },
  ]).rows;
  expect(rows).toEqual([
    [
      'ingress, egress',
      '100 %',
      'at most 3 times that of before, or 50 ms more',
      'at most 10 times that of before, or 2,000 ms more',
      'status and headers as before',
      'at least 50',
    ],
    [
      'shop',
      '98 %',
      'not judged',
      'at most 500 ms',
      'status and headers as before, but for x-old, x-older',
      'at least 1,000',
    ],
    ['pay', '99.9 %', 'not judged', 'at most 2 times that of before', 'not judged', 'at least 50'],
  ]);
});

test('answerRows tells what became of what all answers had, and since when', () => {
  const change = { target: 'ingress', phase: 'upgrade', answers: 1200, first: '2026-03-01T12:00:31Z' };
  const { rows } = answerRows([
    { ...change, what: 'header x-frame-options', kind: 'lost', before: 'DENY' },
    { ...change, what: 'header x-request-id', kind: 'lost' },
    { ...change, what: 'status', kind: 'changed', before: '200', now: '301' },
    { ...change, what: 'header x-new', kind: 'new', now: '1' },
  ]);
  expect(rows.map((row) => row.slice(2, 6))).toEqual([
    ['header x-frame-options', 'DENY', 'none', '1,200'],
    ['header x-request-id', 'varied', 'none', '1,200'],
    ['status', '200', '301', '1,200'],
    ['header x-new', 'none', '1', '1,200'],
  ]);
});
