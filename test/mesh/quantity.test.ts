import { expect, test } from 'vitest';
import { quantityValue } from '../../src/mesh/quantity.ts';

test.each([
  ['2', 2],
  ['500m', 0.5],
  ['2Gi', 2 ** 31],
  ['1.5k', 1500],
  ['1e3', 1000],
  ['1E', 1e18],
  ['0', 0],
  ['many', undefined],
  ['1x', undefined],
])('%s means %s', (text, value) => {
  expect(quantityValue(text)).toBe(value);
});
