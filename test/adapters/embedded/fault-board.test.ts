import { describe, expect, test } from 'vitest';
import { createFaultBoard } from '../../../src/adapters/embedded/fault-board.ts';
import type { Fault } from '../../../src/local/fault.ts';

const slow: Fault = { kind: 'api', failure: 'latency', delay: 5 };
const twice: Fault = { kind: 'api', resource: 'pods', failure: 'reset', first: 2 };

describe('createFaultBoard', () => {
  test('begins without faults', () => {
    const board = createFaultBoard();
    expect(board.all()).toEqual([]);
    expect(board.hit('GET', '/api/v1/pods')).toBeUndefined();
  });

  test('hits the first requests only, and then the next fault', () => {
    const board = createFaultBoard();
    board.replace([twice, slow]);
    const hits = ['/api/v1/pods', '/api/v1/nodes', '/api/v1/pods', '/api/v1/pods'].map((url) => board.hit('GET', url));
    expect(hits).toEqual([twice, slow, twice, slow]);
  });

  test('counts anew when faults are set anew', () => {
    const board = createFaultBoard();
    for (const _round of [1, 2]) {
      board.replace([twice]);
      const hits = [1, 2, 3].map(() => board.hit('GET', '/api/v1/pods'));
      expect(hits).toEqual([twice, twice, undefined]);
    }
  });

  test('asks for some failures alone', () => {
    const board = createFaultBoard();
    board.replace([slow, { kind: 'api', failure: 'dropped-watch' }]);
    expect(board.hit('GET', '/api/v1/pods?watch=true', ['dropped-watch'])).toMatchObject({ failure: 'dropped-watch' });
    expect(board.hit('GET', '/api/v1/pods', ['dropped-watch'])).toBeUndefined();
  });
});
