import { expect, test } from 'vitest';
import { thresholdRows } from '../../src/record/probe-rows.ts';

test('thresholdRows says by what each target is judged, alike ones together, and what of it is not', () => {
  const strict = { success: 100, slowdown: 10, medianSlowdown: 3, noise: 50, minimum: 50 };
  const rows = thresholdRows([
    { target: 'ingress', ...strict },
    { target: 'egress', ...strict },
    { target: 'shop', success: 98, p99: 500, minimum: 1000 },
    { target: 'pay', success: 99.9, slowdown: 2, minimum: 50 },
  ]).rows;
  expect(rows).toEqual([
    [
      'ingress, egress',
      '100 %',
      'at most 3 times that of before, or 50 ms more',
      'at most 10 times that of before, or 500 ms more',
      'at least 50',
    ],
    ['shop', '98 %', 'not judged', 'at most 500 ms', 'at least 1,000'],
    ['pay', '99.9 %', 'not judged', 'at most 2 times that of before', 'at least 50'],
  ]);
});
