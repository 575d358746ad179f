import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../src/text/json-text.ts';
import { hostileTexts } from '../support/hostile-text.ts';

test.each([
  ['\u2028\u2029', '"\\u2028\\u2029"'],
  ['\u202e\u200b\ufeff', '"\\u202e\\u200b\\ufeff"'],
  ['\x1b\x7f\x9b', '"\\u001b\\u007f\\u009b"'],
  ['\u{e0041}', '"\\udb40\\udc41"'],
  ['##[error]', '"#\\u0023[error]"'],
  ['é 日本語 🚀', '"é 日本語 🚀"'],
])('%j is written %s', (text, expected) => {
  expect(jsonText(text)).toBe(expected);
});

test('a parser reads what was written, and a terminal nothing but it', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileTexts));
  const documents = fc.dictionary(texts, fc.oneof(texts, fc.array(texts)));
  fc.assert(
    fc.property(documents, (document) => {
      const json = jsonText(document, { indent: 2 });
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(document)));
      expect(json).not.toMatch(/[^\P{C}\n]|[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]|##\[|^\s*::/mu);
    }),
    { numRuns: 1000 },
  );
});
