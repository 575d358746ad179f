import { expect, test } from 'vitest';
import { groupNamespaces } from '../../../src/upgrade/workloads/group-namespaces.ts';
import { group, namespace } from '../../support/mesh-facts.ts';

test('a group has the live namespaces that the mesh file names, and those that carry its tag, sorted', () => {
  const main = group('main', { namespaces: ['shop', 'gone'], tag: 'prod' });
  const live = [
    namespace('web', { 'istio.io/rev': 'prod' }),
    namespace('shop'),
    namespace('payments', { 'istio.io/rev': 'prod-canary' }),
    namespace('basket', { 'istio.io/rev': 'prod' }),
  ];
  expect(groupNamespaces(main, live)).toEqual(['basket', 'shop', 'web']);
});
