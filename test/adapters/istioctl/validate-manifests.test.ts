import { expect, test } from 'vitest';
import { parseValidation } from '../../../src/adapters/istioctl/validate-manifests.ts';

const warnings = [
  '',
  '\t* DestinationRule/shop/c: outlier detection consecutive errors is deprecated, use another instead',
  '\t* VirtualService/shop/w: virtualService rule #1 match #0 of prefix /a is not used',
].join('\n');

const errors = [
  'Error: 3 errors occurred:',
  '\t* VirtualService/shop/b: wildcard host * is not allowed for virtual services bound to the mesh gateway',
  '\t* VirtualService/shop/b: HTTP route, redirect or direct_response is required',
  '\t* EnvoyFilter/istio-config/f.g: Envoy filter: it says',
  '\t  two lines',
  '',
  '',
].join('\n');

test('every error and warning is of its object', () => {
  expect(parseValidation(`${warnings}\n${errors}`)).toEqual({
    warnings: [
      {
        kind: 'DestinationRule',
        namespace: 'shop',
        name: 'c',
        message: 'outlier detection consecutive errors is deprecated, use another instead',
      },
      {
        kind: 'VirtualService',
        namespace: 'shop',
        name: 'w',
        message: 'virtualService rule #1 match #0 of prefix /a is not used',
      },
    ],
    errors: [
      {
        kind: 'VirtualService',
        namespace: 'shop',
        name: 'b',
        message: 'wildcard host * is not allowed for virtual services bound to the mesh gateway',
      },
      {
        kind: 'VirtualService',
        namespace: 'shop',
        name: 'b',
        message: 'HTTP route, redirect or direct_response is required',
      },
      { kind: 'EnvoyFilter', namespace: 'istio-config', name: 'f.g', message: 'Envoy filter: it says two lines' },
    ],
  });
});

test.each(['validation succeed\n', '', 'Error: cannot read file\n'])('%j is about no object', (text) => {
  expect(parseValidation(text)).toEqual({ errors: [], warnings: [] });
});
