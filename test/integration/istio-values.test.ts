import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { istioValues, istioValuesPath } from '../../scripts/istio-values.ts';

test('the values that are known are those of the modules of Istio', () => {
  expect(readFileSync(istioValuesPath, 'utf8'), 'run npm run generate and commit').toBe(istioValues({ fresh: true }));
});
