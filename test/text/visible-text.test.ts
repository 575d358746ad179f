import { describe, expect, test } from 'vitest';
import { html, htmlSource } from '../../src/text/html.ts';
import { jsonText } from '../../src/text/json-text.ts';
import { logText } from '../../src/text/log-text.ts';
import { markdown, markdownSource } from '../../src/text/markdown.ts';
import { visibleText } from '../../src/text/visible-text.ts';

describe('visibleText', () => {
  test.each([
    ['a space of no width', 'a\u200bb', 'a⟦U+200B⟧b'],
    ['an override of the direction', '\u202egnp.exe', '⟦U+202E⟧gnp.exe'],
    ['an isolate', '\u2066x\u2069', '⟦U+2066⟧x⟦U+2069⟧'],
    ['a tag character', 'a\u{e0041}', 'a⟦U+E0041⟧'],
    ['a variation selector', 'a\ufe0f', 'a⟦U+FE0F⟧'],
    ['a filler', 'a\u3164b', 'a⟦U+3164⟧b'],
    ['a blank pattern', 'a\u2800', 'a⟦U+2800⟧'],
    ['a space that does not break', 'a\u00a0b', 'a⟦U+00A0⟧b'],
    ['a separator of lines', 'a\u2028b', 'a⟦U+2028⟧b'],
    ['a control character', 'a\u001b[8mb', 'a⟦U+001B⟧[8mb'],
    ['a carriage return', 'a\rb', 'a⟦U+000D⟧b'],
    ['a tab', 'a\tb', 'a⟦U+0009⟧b'],
    ['a combining mark', 'e\u0301', 'e⟦U+0301⟧'],
    ['half of a pair', '\ud800', '⟦U+D800⟧'],
    ['a Cyrillic letter among Latin ones', 'p\u0430yments', 'p⟦U+0430⟧yments'],
    ['a Greek letter among Latin ones', '\u03bfauth', '⟦U+03BF⟧auth'],
    ['spaces at the end', 'a  ', 'a⟦U+0020⟧⟦U+0020⟧'],
    ['what stands for such characters', '⟦U+200B⟧', '⟦U+27E6⟧U+200B⟧'],
    ['the mark of an unended line', 'a↩', 'a⟦U+21A9⟧'],
  ])('shows %s', (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  test('looks at each letter once, were a text one word', () => {
    const long = 200_000;
    for (const piece of ['а', 'a', 'aа', ' ', ' x', '\u0301', '\u200b', '`', ':', '\n']) {
      const text = piece.repeat(long / piece.length);
      const started = performance.now();
      visibleText(text);
      logText(text);
      markdownSource(markdown`${text}`);
      htmlSource(html`${text}`);
      jsonText(text);
      // What looks at each letter once for each of the others takes minutes.
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });

  test.each(['spiffe://cluster.local/ns/shop/sa/cart', 'a  b', 'naïve façade', 'Привет, world', '日本語', '🚀'])(
    'leaves %s as it is',
    (text) => {
      expect(visibleText(text)).toBe(text);
    },
  );
});
