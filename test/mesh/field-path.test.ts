import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FieldStep, formatFieldPath, leadsInto, parseFieldPath } from '../../src/mesh/field-path.ts';

describe('a path', () => {
  test.each<[string, FieldStep[]]>([
    ['.spec.replicas', [{ field: 'spec' }, { field: 'replicas' }]],
    [
      '.spec.http[*].route[*].weight',
      [
        { field: 'spec' },
        { field: 'http' },
        { items: 'all' },
        { field: 'route' },
        { items: 'all' },
        { field: 'weight' },
      ],
    ],
    ['.metadata.annotations["x.y/z"]', [{ field: 'metadata' }, { field: 'annotations' }, { field: 'x.y/z' }]],
    [
      '.webhooks[rev.validation.istio.io].failurePolicy',
      [{ field: 'webhooks' }, { keys: { name: 'rev.validation.istio.io' } }, { field: 'failurePolicy' }],
    ],
    [
      '.spec.ports[port=80,protocol="TCP"].name',
      [{ field: 'spec' }, { field: 'ports' }, { keys: { port: 80, protocol: 'TCP' } }, { field: 'name' }],
    ],
  ])('is read and written: %s', (text, steps) => {
    expect(parseFieldPath(text)).toEqual(steps);
    expect(formatFieldPath(steps)).toBe(text);
  });

  test('of an item by its name may be written as the API server does', () => {
    expect(parseFieldPath('.webhooks[name="a.b"]')).toEqual([{ field: 'webhooks' }, { keys: { name: 'a.b' } }]);
  });

  test.each([
    '',
    'spec.replicas',
    '.',
    '.spec..a',
    '.spec.http[',
    '.spec.http[]',
    '[*].a',
    '.spec http',
    '.a["b]',
    '/spec/a',
  ])('is not: %s', (text) => expect(parseFieldPath(text)).toBeUndefined());

  test('is the same when it is written and read again', () => {
    const step = fc.oneof(
      fc.record({ field: fc.string({ minLength: 1 }) }),
      fc.constant<FieldStep>({ items: 'all' }),
      fc.record({ keys: fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9.-]*$/) }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (rest) => {
        const steps: FieldStep[] = [{ field: 'spec' }, ...rest];
        expect(parseFieldPath(formatFieldPath(steps))).toEqual(steps);
      }),
    );
  });
});

test.each([
  ['.spec', '.spec.replicas', true],
  ['.spec.http[*].route', '.spec.http[a].route[*].weight', true],
  ['.spec.http[a]', '.spec.http[b]', false],
  ['.spec.replicas', '.spec', false],
  ['.spec.replica', '.spec.replicas', false],
])('%s leads into %s: %s', (outer, inner, expected) => {
  expect(leadsInto(parseFieldPath(outer) ?? [], parseFieldPath(inner) ?? [])).toBe(expected);
});
