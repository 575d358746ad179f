import { describe, expect, test } from 'vitest';
import { mergePatch } from '../../../src/rehearsal/overlay/merge-patch.ts';

describe('mergePatch', () => {
  test.each([
    ['merges mappings', { a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }],
    ['takes fields away', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['takes away what is not there', { b: 2 }, { a: null }, { b: 2 }],
    ['makes the mappings on the way', {}, { a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }],
    ['leaves no null in what it makes', {}, { a: { b: null } }, { a: {} }],
    [
      'finds items by their names, at every depth',
      { containers: [{ name: 'discovery', env: [{ name: 'A', value: '1' }], image: 'x' }] },
      {
        containers: [
          {
            name: 'discovery',
            env: [
              { name: 'A', value: '2' },
              { name: 'B', value: '3' },
            ],
          },
        ],
      },
      {
        containers: [
          {
            name: 'discovery',
            env: [
              { name: 'A', value: '2' },
              { name: 'B', value: '3' },
            ],
            image: 'x',
          },
        ],
      },
    ],
    ['replaces lists of anything else', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    ['replaces values of another kind', { a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('%s', (_title, base, patch, expected) => {
    const before = structuredClone(base);
    expect(mergePatch(base, patch)).toEqual(expected);
    expect(base).toEqual(before);
  });
});
