import { expect, test } from 'vitest';
import type { LeftOfObject } from '../../../src/plan/plan.ts';
import { leftLines, usuallyLeft } from '../../../src/plan/report/left-lines.ts';

function left(overrides: Partial<LeftOfObject> & { name?: string } = {}): LeftOfObject {
  const { name = 'cart', ...rest } = overrides;
  return {
    id: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name },
    path: '.spec.http[*].route[*].weight',
    owner: 'rollouts-controller',
    reason: 'Argo Rollouts shifts traffic by it',
    ...rest,
  };
}

test('names each field that is left to others once, whatever the number of objects and clusters', () => {
  expect(
    leftLines([
      { left: [left(), left({ name: 'pay' }), left({ path: '.spec.hosts', owner: 'flagger', reason: 'its Canary' })] },
      { left: [left()] },
      { left: [] },
    ]),
  ).toEqual([
    '.spec.http[*].route[*].weight of VirtualService shop/cart (and 1 more) is left to "rollouts-controller": Argo Rollouts shifts traffic by it',
    '.spec.hosts of VirtualService shop/cart is left to "flagger": its Canary',
  ]);
});

test('says in one line what every mesh leaves to its controllers', () => {
  const usual = { usual: true, reason: 'as always' } as const;
  expect(usuallyLeft([{ left: [left()] }])).toEqual([]);
  expect(
    usuallyLeft([
      { left: [left()] },
      {
        left: [
          left({ ...usual, path: '.spec.replicas', owner: 'kube-controller-manager' }),
          left({ ...usual, path: '.webhooks[*].clientConfig.caBundle', owner: 'pilot-discovery' }),
          left({ ...usual, path: '.webhooks[*].clientConfig.caBundle', owner: 'pilot-discovery', name: 'other' }),
          left({ ...usual, path: '.webhooks[*].failurePolicy', owner: 'pilot-discovery' }),
        ],
      },
    ]),
  ).toEqual([
    'Left to controllers, as in every mesh: .spec.replicas (kube-controller-manager), .webhooks[*].clientConfig.caBundle, .webhooks[*].failurePolicy (pilot-discovery).',
  ]);
});
