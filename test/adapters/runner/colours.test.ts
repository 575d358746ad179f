import { describe, expect, test } from 'vitest';
import { hasColours, isInteractive } from '../../../src/adapters/runner/colours.ts';

describe('colours', () => {
  test.each<[isTTY: boolean, environment: NodeJS.ProcessEnv, coloured: boolean, live: boolean]>([
    [true, { TERM: 'xterm' }, true, true],
    [true, {}, true, true],
    [false, { TERM: 'xterm' }, false, false],
    [true, { TERM: 'dumb' }, false, false],
    [true, { NO_COLOR: '1' }, false, true],
    [true, { NO_COLOR: '' }, true, true],
    [false, { FORCE_COLOR: '1' }, true, false],
    [false, { FORCE_COLOR: 'true', NO_COLOR: '1' }, true, false],
    [true, { TERM: 'dumb', FORCE_COLOR: '1' }, true, false],
    [true, { FORCE_COLOR: '0' }, false, true],
    [true, { FORCE_COLOR: 'false' }, false, true],
    [false, { FORCE_COLOR: '' }, false, false],
  ])('terminal %s, %j: coloured %s, live %s', (isTTY, environment, coloured, live) => {
    expect([hasColours({ isTTY }, environment), isInteractive({ isTTY }, environment)]).toEqual([coloured, live]);
  });
});
