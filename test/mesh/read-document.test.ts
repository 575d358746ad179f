import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument } from '../../src/mesh/read-document.ts';
import { version } from '../../src/version.ts';

const schema = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  kind: z.literal('Thing'),
  parts: z.array(
    z.discriminatedUnion('is', [
      z.strictObject({ is: z.literal('one'), id: z.strictObject({ kind: z.string() }) }),
      z.strictObject({ is: z.literal('other'), count: z.int() }),
    ]),
  ),
  either: z
    .union([z.strictObject({ a: z.strictObject({ b: z.int() }) }), z.strictObject({ c: z.boolean() })])
    .optional(),
});

function thing(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ apiVersion: 'istio-delivery/v1', kind: 'Thing', parts: [], ...more });
}

describe('readDocument', () => {
  test('reads what has the form that the schema says', () => {
    const parts = [{ is: 'one', id: { kind: 'Pod' } }];
    expect(readDocument(thing({ parts }), schema, ['Thing'])).toMatchObject({ kind: 'read', value: { parts } });
  });

  test.each<[string, string, string]>([
    ['is empty', ' ', 'it is empty'],
    ['was cut off', thing().slice(0, -1), 'it is no JSON, or was cut off'],
    ['lacks a part', thing({ parts: undefined }), 'parts: expected a list, got nothing'],
    [
      'has a part of another type far inside',
      thing({
        parts: [
          { is: 'other', count: 1 },
          { is: 'one', id: { kind: 7 } },
        ],
      }),
      'parts[1].id.kind: expected text, got 7',
    ],
    ['has a part that is null', thing({ parts: [null] }), 'parts[0]: expected a mapping, got null'],
    [
      'has a part of no known form',
      thing({ parts: [{ is: 'third' }] }),
      'parts[0].is: expected a known is, got "third"',
    ],
    [
      'is nearest to one form of several',
      thing({ either: { a: { b: 'x' } } }),
      'either.a.b: expected a number, got "x"',
    ],
    [
      'has a key too many',
      thing({ parts: [{ is: 'other', count: 1, more: 1 }] }),
      `parts[0].more is unknown to istio-delivery ${version}`,
    ],
  ])('says where a document %s', (_what, text, reason) => {
    expect(readDocument(text, schema, ['Thing'])).toEqual({ kind: 'broken', reason });
  });

  test('says of which version a document is that another one wrote', () => {
    expect(readDocument(thing({ apiVersion: 'istio-delivery/v2' }), schema, ['Thing'])).toEqual({
      kind: 'other version',
      reason: `it is of istio-delivery/v2, and istio-delivery ${version} reads istio-delivery/v1: take the version that wrote it`,
    });
  });

  test.each([
    [thing({ kind: 'Plan' }), 'Plan of istio-delivery/v1'],
    ['{"apiVersion":"v1","kind":"Pod"}', 'Pod of v1'],
    ['{"apiVersion":["v1"],"kind":{}}', 'a mapping of a list'],
    ['[]', 'no kind of no apiVersion'],
    ['null', 'no kind of no apiVersion'],
    ['"Thing"', 'no kind of no apiVersion'],
  ])('says of what kind %s is', (text, got) => {
    expect(readDocument(text, schema, ['Thing'])).toMatchObject({
      kind: 'other kind',
      reason: `expected a Thing of istio-delivery/v1, got ${got}`,
    });
  });

  test('refuses what is nested deeper than anything that reads it goes', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(readDocument(deep, z.json())).toEqual({
      kind: 'broken',
      reason: 'it has more than 200 mappings and lists inside of each other',
    });
  });
});
