import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FieldChange, fieldChanges } from '../../src/plan/field-changes.ts';
import { deployment } from '../support/objects.ts';

function changes(before: unknown, after: unknown): FieldChange[] {
  return fieldChanges(deployment({ spec: before }), deployment({ spec: after }));
}

const route = (uri: string, timeout: string) => ({ match: [{ uri: { exact: uri } }], timeout });

describe('fieldChanges', () => {
  test.each<[string, unknown, unknown, FieldChange[]]>([
    ['a value', { a: 1 }, { a: 2 }, [{ path: '.spec.a', before: 1, after: 2 }]],
    [
      'the side that does not have a field',
      { old: 1 },
      { new: 2 },
      [
        { path: '.spec.old', before: 1 },
        { path: '.spec.new', after: 2 },
      ],
    ],
    [
      'an item of a list by its name',
      {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'b', image: 'y:1' },
        ],
      },
      {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'b', image: 'y:2' },
        ],
      },
      [{ path: '.spec.containers[b].image', before: 'y:1', after: 'y:2' }],
    ],
    [
      'an item of a list by what else tells its items apart',
      { tolerations: [{ key: 'gpu', effect: 'NoSchedule' }] },
      { tolerations: [{ key: 'gpu', effect: 'NoExecute' }] },
      [{ path: '.spec.tolerations[key=gpu].effect', before: 'NoSchedule', after: 'NoExecute' }],
    ],
    [
      'an item of a list of values by its place',
      { principals: ['a', 'b', 'c'] },
      { principals: ['a', 'c', '*'] },
      [
        { path: '.spec.principals[1]', before: 'b' },
        { path: '.spec.principals[2]', after: '*' },
      ],
    ],
    [
      'the field in an item that nothing names',
      { http: [route('/a', '1s'), route('/b', '2s')] },
      { http: [route('/a', '1s'), route('/b', '3s')] },
      [{ path: '.spec.http[1].timeout', before: '2s', after: '3s' }],
    ],
    [
      'an item that comes before one that changes',
      { http: [route('/b', '2s')] },
      { http: [{ fault: 'abort' }, route('/b', '3s')] },
      [
        { path: '.spec.http[0]', after: { fault: 'abort' } },
        { path: '.spec.http[1].timeout', before: '2s', after: '3s' },
      ],
    ],
    [
      'a new order of named items',
      { env: [{ name: 'A' }, { name: 'B' }] },
      { env: [{ name: 'B' }, { name: 'A' }] },
      [{ path: '.spec.env', order: { before: ['A', 'B'], after: ['B', 'A'] } }],
    ],
    [
      'a new order of named items beside a new one',
      { env: [{ name: 'A' }, { name: 'B' }] },
      { env: [{ name: 'B' }, { name: 'A' }, { name: 'C' }] },
      [
        { path: '.spec.env[C]', after: { name: 'C' } },
        { path: '.spec.env', order: { before: ['A', 'B'], after: ['B', 'A', 'C'] } },
      ],
    ],
    [
      'a named item that comes first, where it matters',
      { http: [{ name: 'a' }] },
      { http: [{ name: 'new' }, { name: 'a' }] },
      [
        { path: '.spec.http[new]', after: { name: 'new' } },
        { path: '.spec.http', order: { before: ['a'], after: ['new', 'a'] } },
      ],
    ],
    [
      'the lines in which a text differs, and where they are',
      { text: 'a\nb\nc\nd\ne\nf\ng\nh\n' },
      { text: 'a\nb\nc\nd\ne\nF\ng\nh' },
      [
        {
          path: '.spec.text',
          patch: ['@@ -3,6 +3,6 @@', ' c\n', ' d\n', ' e\n', '-f\n', '+F\n', ' g\n', '-h\n', '+h'],
        },
      ],
    ],
    ['a number that becomes text', { a: 1 }, { a: '1' }, [{ path: '.spec.a', before: 1, after: '1' }]],
    ['a list that becomes a mapping', { a: [1] }, { a: { b: 1 } }, [{ path: '.spec.a', before: [1], after: { b: 1 } }]],
  ])('shows %s', (_name, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  test('shows a long line by the pieces that differ', () => {
    const line = (value: number) => JSON.stringify({ first: 'x'.repeat(300), second: [1, 2, value], third: 'y' });
    const [change] = changes({ text: line(3) }, { text: line(4) });
    expect(change).toMatchObject({ path: '.spec.text', patch: expect.arrayContaining(['-3]', '+4]']) });
  });

  test('quotes keys that are not plain names', () => {
    const before = deployment({ metadata: { name: 'istiod', labels: { 'istio.io/rev': 'a' } } });
    const after = deployment({ metadata: { name: 'istiod', labels: { 'istio.io/rev': 'b' } } });
    expect(fieldChanges(before, after)).toEqual([
      { path: '.metadata.labels["istio.io/rev"]', before: 'a', after: 'b' },
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

  test('stays quick with texts and lists that have nothing in common', () => {
    const list = (prefix: string) => Array.from({ length: 20_000 }, (_, index) => `${prefix}${index}`);
    const before = { list: list('a'), text: list('a').join('\n') };
    const after = { list: list('b'), text: list('b').join('\n') };
    expect(changes(before, after)).toEqual([
      { path: '.spec.list', before: before.list, after: after.list },
      { path: '.spec.text', before: before.text, after: after.text },
    ]);
  });

  test('has something for every difference, and nothing for none', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(value, value, fc.boolean(), (before, other, isSame) => {
        const after = isSame ? structuredClone(before) : other;
        const found = changes({ value: before }, { value: after });
        expect(found.length > 0).toBe(!isDeepStrictEqual(before, after));
      }),
    );
  });
});
