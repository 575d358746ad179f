import { describe, expect, test } from 'vitest';
import { nodeFailure, readNodeStates } from '../../src/local/node-failure.ts';

const name = 'rehearsal-1-control-plane';
const stateOf = (line: string) => nodeFailure([name], readNodeStates(`/${name}\t${line}\n`));

describe('nodeFailure', () => {
  test('says nothing of a node that runs', () => {
    expect(stateOf('running\t0\tfalse\t')).toBeUndefined();
  });

  test.each([
    ['exited\t137\tfalse\t', 'exited with 137 (killed)'],
    ['exited\t137\ttrue\t', 'exited with 137 (out of memory)'],
    ['exited\t143\tfalse\t', 'exited with 143 (told to end)'],
    ['exited\t1\tfalse\t', 'exited with 1'],
    ['dead\t255\tfalse\tno such device', 'exited with 255: no such device'],
    ['paused\t0\tfalse\t', 'is paused'],
    ['restarting\t1\tfalse\t', 'is restarting'],
  ])('of one with %j says: %s', (line, said) => {
    expect(stateOf(line)).toBe(`node container ${name} ${said}`);
  });

  test('names one that is gone', () => {
    expect(nodeFailure([name], readNodeStates(''))).toBe(`node container ${name} is gone`);
  });
});
