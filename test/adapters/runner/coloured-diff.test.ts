import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { colouredDiff } from '../../../src/adapters/runner/coloured-diff.ts';

const diff = '@@ Stage config @@\n~ Service a\n- .a: 1\n+ .a: 2\n! takes .a\n  .b:\nplain';

describe('colouredDiff', () => {
  test('leaves a stream that is no terminal without colours', () => {
    expect(colouredDiff(diff, new PassThrough())).toBe(diff);
  });

  test('colours the lines of a diff on a terminal, and no other', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, getColorDepth: () => 8, hasColors: () => true });
    const lines = colouredDiff(diff, terminal).split('\n');
    expect(lines.map(stripVTControlCharacters).join('\n')).toBe(diff);
    const styles = lines.map((line) => (line.startsWith('\u001b[') ? line.slice(2, line.indexOf('m')) : undefined));
    expect(styles).toEqual(['1', '1', '31', '32', '33', undefined, undefined]);
  });
});
