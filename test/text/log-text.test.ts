import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logText, logTitle } from '../../src/text/log-text.ts';

describe('logText', () => {
  test.each([
    ['::error::x', ': :error::x'],
    ['  \t::error::x', '      : :error::x'],
    ['\u00a0::error::x', '⟦U+00A0⟧::error::x'],
    ['\u200b::error::x', '⟦U+200B⟧::error::x'],
    ['one\r\n::two\n::three', 'one\n  : :two\n  : :three'],
    ['one\r::two\u2028::three', 'one⟦U+000D⟧::two⟦U+2028⟧::three'],
    ['one\v✓ Promote\f✓ Promote\u0085✓', 'one⟦U+000B⟧✓ Promote⟦U+000C⟧✓ Promote⟦U+0085⟧✓'],
    ['2026-01-01 ##[command]x', '2026-01-01 ## [command]x'],
    ['###[[a', '### [[a'],
    ['std::string and a::b', 'std::string and a::b'],
    ['\x1b[31mred\x1b[0m \x1b]0;title\x07', '⟦U+001B⟧[31mred⟦U+001B⟧[0m ⟦U+001B⟧]0;title⟦U+0007⟧'],
    ['\u009b8m', '⟦U+009B⟧8m'],
    ['pod \u202egnp.exe', 'pod ⟦U+202E⟧gnp.exe'],
    ['a\u{e0041}', 'a⟦U+E0041⟧'],
    ['e\u0301 is \u0338\u0338✓', 'e\u0301 is ⟦U+0338⟧⟦U+0338⟧✓'],
    ['  reason:\n  more\n\nend  ', '  reason:\n      more\n\n    end'],
    ['⟦U+202E⟧ and ↩', '⟦U+202E⟧ and ↩'],
  ])('of %j is %j', (text, expected) => {
    expect(logText(text)).toBe(expected);
  });

  test('is the same again for what is log text already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [first = ''] = logText(text).split('\n');
        expect(logText(first)).toBe(first);
      }),
    );
  });

  const pieces = fc.oneof(
    fc.constantFrom(
      '::',
      ':',
      '##[',
      '#',
      '[',
      ' ',
      '\t',
      '\r',
      '\n',
      '\v',
      '\f',
      '\u2028',
      '\u0085',
      '\ufeff',
      '\x1b',
      'a',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );

  test('has no line that a runner takes as a command, and none but the first at column 0', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (text) => {
        const lines = logText(text.join('')).split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
        for (const line of lines) {
          expect(line.trimStart().startsWith('::')).toBe(false);
          expect(line).not.toContain('##[');
          expect(line).not.toMatch(/[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u);
        }
        for (const line of lines.slice(1)) expect(line).toMatch(/^(?: {2}|$)/);
      }),
      { numRuns: 2000 },
    );
  });
});

test('logTitle keeps a title on its line', () => {
  expect(logTitle('Promote\n::error::x\r✓')).toBe('Promote ::error::x⟦U+000D⟧✓');
});
