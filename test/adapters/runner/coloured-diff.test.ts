import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { colouredDiff } from '../../../src/adapters/runner/coloured-diff.ts';

const diff = '@@ Stage config @@\n~ Service a\n- .a: 1\n+ .a: 2\n! takes .a\n  .b:\nplain';

test('colours the lines of a diff, and no other', () => {
  const lines = diff.split('\n').map(colouredDiff);
  expect(lines.map(stripVTControlCharacters).join('\n')).toBe(diff);
  const styles = lines.map((line) => (line.startsWith('\u001b[') ? line.slice(2, line.indexOf('m')) : undefined));
  expect(styles).toEqual(['1', '1', '31', '32', '33', undefined, undefined]);
});
