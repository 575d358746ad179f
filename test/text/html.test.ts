import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, htmlLink, htmlSource } from '../../src/text/html.ts';
import { hostileTexts } from '../support/hostile-text.ts';

const tags = (source: string) => [...source.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));

function expectText(text: string): void {
  const source = htmlSource(html`<p title="${text}" class="a">${text}<b>${[html`<i>${text}</i>`]}</b></p>`);
  expect(tags(source)).toEqual(['<p title="" class="">', '<b>', '<i>', '</i>', '</b>', '</p>']);
  expect(source).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
}

describe('a text among HTML stays text', () => {
  test.each(hostileTexts)('as %j', expectText);

  test('whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), expectText), { numRuns: 2000 });
    const signs = fc.array(fc.constantFrom(...'<>"\'&=/!- \n;#x'), { maxLength: 12 });
    fc.assert(
      fc.property(
        signs.map((pieces) => pieces.join('')),
        expectText,
      ),
      { numRuns: 2000 },
    );
  });
});

describe('htmlLink', () => {
  test.each(['https://github.example/runs/1', 'http://x/?a=b&c="d"'])('links %s', (address) => {
    expect(htmlSource(htmlLink(address))).toMatch(/^<a href="https?:[^"]*" rel="noreferrer">[^<]*<\/a>$/);
  });

  test.each(['javascript:alert(1)', 'java\nscript:alert(1)', ' data:text/html,x', 'ftp://x', 'x', '', 'vbscript:x'])(
    'shows %j as text',
    (text) => {
      expect(htmlSource(htmlLink(text))).not.toContain('<a');
    },
  );
});
