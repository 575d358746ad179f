import { expect, test } from 'vitest';
import { durationSeconds } from '../../src/mesh/duration.ts';

test.each([
  ['0s', 0],
  ['5s', 5],
  ['1.5s', 1.5],
  ['250ms', 0.25],
  ['10m', 600],
  ['1m30s', 90],
  ['1h2m3s4ms', 3723.004],
  ['24h', 86_400],
])('%s are %d seconds', (duration, seconds) => {
  expect(durationSeconds(duration)).toBeCloseTo(seconds, 9);
});
