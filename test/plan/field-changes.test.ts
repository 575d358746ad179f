import { describe, expect, test } from 'vitest';
import { fieldChanges } from '../../src/plan/field-changes.ts';
import { deployment } from '../support/objects.ts';

describe('fieldChanges', () => {
  test('names items of a list by their name, and shows both values', () => {
    const before = deployment({
      spec: {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'b', image: 'y:1' },
        ],
      },
    });
    const after = deployment({
      spec: {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'b', image: 'y:2' },
        ],
      },
    });
    expect(fieldChanges(before, after)).toEqual([{ path: '.spec.containers[b].image', before: 'y:1', after: 'y:2' }]);
  });

  test('leaves out the side that does not have the field', () => {
    const before = deployment({ spec: { old: 1 } });
    const after = deployment({ spec: { new: 2 } });
    expect(fieldChanges(before, after)).toEqual([
      { path: '.spec.old', before: 1 },
      { path: '.spec.new', after: 2 },
    ]);
  });

  test('quotes keys that are not plain names', () => {
    const before = deployment({ metadata: { name: 'istiod', labels: { 'istio.io/rev': 'a' } } });
    const after = deployment({ metadata: { name: 'istiod', labels: { 'istio.io/rev': 'b' } } });
    expect(fieldChanges(before, after)).toEqual([
      { path: '.metadata.labels["istio.io/rev"]', before: 'a', after: 'b' },
    ]);
  });

  test('shows a list of plain values whole, and a new order of named items', () => {
    const before = deployment({ spec: { args: ['a'], env: [{ name: 'A' }, { name: 'B' }] } });
    const after = deployment({ spec: { args: ['a', 'b'], env: [{ name: 'B' }, { name: 'A' }] } });
    expect(fieldChanges(before, after)).toEqual([
      { path: '.spec.args', before: ['a'], after: ['a', 'b'] },
      { path: '.spec.env', before: ['A', 'B'], after: ['B', 'A'] },
    ]);
  });

  test('does not see status and the bookkeeping of the API server', () => {
    const before = deployment({
      metadata: { name: 'istiod', resourceVersion: '1', generation: 1 },
      status: { replicas: 1 },
    });
    const after = deployment({ metadata: { name: 'istiod', resourceVersion: '2', generation: 2 } });
    expect(fieldChanges(before, after)).toEqual([]);
  });
});
