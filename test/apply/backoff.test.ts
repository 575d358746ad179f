import { expect, test } from 'vitest';
import { backoffDelay } from '../../src/apply/backoff.ts';

const backoff = { first: 100, longest: 1000 };

test.each([
  [0, 0, 50],
  [0, 1, 100],
  [2, 1, 400],
  [3, 0, 400],
  [9, 1, 1000],
  [900, 1, 1000],
])('after %d failures, with a draw of %d, waits %d ms', (failures, random, delay) => {
  expect(backoffDelay(backoff, failures, random)).toBe(delay);
});
