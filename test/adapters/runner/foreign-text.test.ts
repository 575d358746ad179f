import { expect, test } from 'vitest';
import { neutralise } from '../../../src/adapters/runner/foreign-text.ts';
import { neutralised } from '../../support/runner-commands.ts';

test.each([
  ['::error::x', ': :error::x'],
  ['  \t::error::x', '  \t: :error::x'],
  ['\u200b\u00a0::error::x', '\u200b\u00a0: :error::x'],
  ['one\r::two\u2028::three', 'one\n: :two\n: :three'],
  ['2026-01-01 ##[command]x', '2026-01-01 ## [command]x'],
  ['###[[a', '### [[a'],
  ['#\u200b#\u00ad[group]a', '## [group]a'],
  [':\u200b:error::a', ': :error::a'],
  ['std::string and a::b', 'std::string and a::b'],
  ['\x1b[31mred\x1b[0m \x1b]0;title\x07', '\x1b[31mred\x1b[0m \\x1b]0;title\\x07'],
])('neutralise(%j) is %j', (text, expected) => {
  expect(neutralise(text)).toBe(expected);
});

/** More of them: npm run campaign. */
test('no text whatever leaves a line that a runner takes as a command', () => {
  neutralised(5_000);
});
