import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/bundle/canonical-json.ts';
import { digestOf, withoutSecrets } from '../../src/plan/digest.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

function secret(content: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' }, ...content };
}

describe('digestOf', () => {
  test('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(reversed)).toBe(digestOf(value));
      }),
    );
  });

  test('tells different values apart, and keeps the order of lists', () => {
    expect(digestOf({ a: [1, 2] })).not.toBe(digestOf({ a: [2, 1] }));
    expect(canonicalJson({ b: 1, a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":1}');
  });
});

describe('withoutSecrets', () => {
  test('shows no value of a Secret, in either of its forms', () => {
    const hidden = JSON.stringify(
      withoutSecrets(secret({ stringData: { token: 'hunter2' }, data: { key: 'aHVudGVyMg==' } }), 'uid'),
    );
    expect(hidden).not.toContain('hunter2');
    expect(hidden).not.toContain('aHVudGVyMg==');
  });

  test('gives one hash to one value, whether it was written as text or as base64', () => {
    expect(withoutSecrets(secret({ stringData: { a: 'hunter2' } }), 'uid')).toEqual(
      withoutSecrets(secret({ data: { a: 'aHVudGVyMg==' } }), 'uid'),
    );
  });

  test('gives another hash in another cluster', () => {
    const object = secret({ data: { a: 'aHVudGVyMg==' } });
    expect(withoutSecrets(object, 'one')).not.toEqual(withoutSecrets(object, 'two'));
  });

  test('leaves every other object alone', () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } };
    expect(withoutSecrets(map, 'uid')).toBe(map);
  });
});
