import { expect, test } from 'vitest';
import { warningTexts } from '../../../src/adapters/kubernetes/warning-texts.ts';

test.each<[string | undefined, string[]]>([
  [undefined, []],
  ['299 - "policy/v1beta1 is deprecated"', ['policy/v1beta1 is deprecated']],
  ['299 - "one, with a comma", 299 - "two"', ['one, with a comma', 'two']],
  ['299 - "unknown field \\"inlineCodex\\""', ['unknown field "inlineCodex"']],
  ['299 - "twice", 299 - "twice"', ['twice']],
  ['nonsense', []],
])('%s is read as %j', (header, texts) => {
  expect(warningTexts(header)).toEqual(texts);
});
