import { describe, expect, test } from 'vitest';
import { type ResourceGrant, withoutCovered } from '../../src/access/grant.ts';

function grant(overrides: Partial<ResourceGrant> = {}): ResourceGrant {
  return { verbs: ['get'], apiGroup: '', resource: 'pods', why: 'reason', ...overrides };
}

describe('grants', () => {
  test('leave out what a right in all namespaces gives anyway', () => {
    const wide = grant({ verbs: ['list'] });
    const narrow = grant({ verbs: ['get', 'list'], namespace: 'shop' });
    expect(withoutCovered([narrow, wide])).toEqual([{ ...narrow, verbs: ['get'] }, wide]);
  });

  test('leave out names where there is a right without names', () => {
    const named = grant({ names: ['one'] });
    expect(withoutCovered([named, grant()])).toEqual([grant()]);
    expect(withoutCovered([named, grant({ names: ['two'] })])).toHaveLength(2);
    expect(withoutCovered([named, grant({ names: ['two', 'one'] })])).toEqual([grant({ names: ['two', 'one'] })]);
  });

  test('keep the first of two that say the same', () => {
    const first = grant({ why: 'first' });
    expect(withoutCovered([first, grant({ why: 'second' })])).toEqual([first]);
  });

  test('tell a subresource, a group and a namespace apart', () => {
    const grants = [
      grant(),
      grant({ resource: 'pods/log' }),
      grant({ apiGroup: 'metrics.k8s.io' }),
      grant({ verbs: ['watch'], namespace: 'shop' }),
      grant({ verbs: ['watch'], namespace: 'web' }),
    ];
    expect(withoutCovered(grants)).toEqual(grants);
  });
});
