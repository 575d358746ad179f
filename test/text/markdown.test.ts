import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignLines } from '../../src/text/foreign-lines.ts';
import {
  codeBlock,
  codeSpan,
  folded,
  type Markdown,
  markdown,
  markdownLines,
  markdownSource,
  markdownTable,
} from '../../src/text/markdown.ts';
import { hostileTexts } from '../support/hostile-text.ts';
import { lookAtMarkdown } from '../support/markdown-look.ts';

const sourceOf = (text: string) => markdownSource(markdown`${text}`);

describe('a text among Markdown', () => {
  test.each([
    ['plain words, 1.31.0 and shop/cart-2', 'plain words, 1.31.0 and shop/cart-2'],
    ['a | b\nc', 'a \\| b c'],
    ['<b>&', '&lt;b&gt;&amp;'],
    ['https://evil.example', 'https<span>:</span>//evil.example'],
    ['at 10:20:30', 'at 10:20:30'],
    ['a:tada', 'a<span>:</span>tada'],
    ['a: b', 'a: b'],
    ['1. x', '1\\. x'],
    ['a\u202eb', 'a⟦U+202E⟧b'],
  ])('%j is written %j', (text, expected) => {
    expect(sourceOf(text)).toBe(expected);
  });

  test('is not written twice', () => {
    expect(markdownSource(markdown`**${markdown`_${'*'}_`}** ${3}`)).toBe('**_\\*_** 3');
  });

  test('is no Markdown because it looks like one of ours', () => {
    const forged = JSON.parse('{"source": "**x**"}') as Markdown;
    expect(() => markdownSource(markdown`${forged}`)).not.toThrow();
    expect(markdownSource(markdown`${forged}`)).not.toContain('**x**');
  });
});

/** One of each thing that we write, around a text. */
function around(text: string): string {
  return markdownSource(
    markdownLines([
      markdown`### ${text}`,
      markdown``,
      markdown`${text}`,
      markdown``,
      markdown`**${text}**: a ${text}, ${codeSpan(text)}`,
      markdown``,
      markdown`- ${text}`,
      markdown`- ${text} · ${text}`,
      markdown``,
      markdown`> [!CAUTION]`,
      markdown`> ${text}`,
      markdown``,
      ...markdownTable({ headings: [text, 'b'], rows: [[text, codeSpan(text)]] }),
      ...folded(text, codeBlock('diff', [text, `+ ${text}`])),
    ]),
  );
}

const plain = lookAtMarkdown(around('harmless'));

function expectPlain(text: string): void {
  const { nodes, tables, suspicious, text: seen } = lookAtMarkdown(around(text));
  const { inlineCode = 0, ...rest } = nodes;
  const { inlineCode: spans = 0, ...others } = plain.nodes;
  expect(suspicious).toEqual([]);
  expect(rest).toEqual(others);
  expect(inlineCode).toBeLessThanOrEqual(spans);
  expect(tables).toEqual(plain.tables);
  expect(seen.replace(/\s/g, '')).toContain(foreignLines(text).join('').replace(/\s/g, ''));
}

/** Emphasis needs a word: what is but spaces is nothing that could be shown. */
const shown = (text: string) => foreignLines(text).join('').trim() !== '';

describe('no text whatever becomes Markdown', () => {
  test.each(hostileTexts)('not %j', expectPlain);

  const signs = [...'`~!@#$%^&*()-_=+[]{}\\|;:\'",.<>/? \n\r\tw1a'];
  const words = [
    'http://',
    'www.',
    'a@b.c',
    '```',
    '~~~',
    '<!--',
    '-->',
    '</details>',
    '<b>',
    '&lt;',
    '[^1]',
    ':x:',
    '$x$',
  ];

  test('not what is made of its signs', () => {
    const texts = fc.array(fc.constantFrom(...signs, ...words), { minLength: 1, maxLength: 10 });
    fc.assert(fc.property(texts.map((pieces) => pieces.join('')).filter(shown), expectPlain), { numRuns: 1500 });
  });

  test('not what is made of any characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter(shown), expectPlain), { numRuns: 500 });
  });
});
