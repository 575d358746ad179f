import { describe, expect, test } from 'vitest';
import { isSameProcess, startTimeOfStat } from '../../src/local/process-record.ts';

const stat = (command: string, state: string) =>
  `4711 (${command}) ${state} 1 4711 4711 0 -1 4194560 1 0 0 0 5 2 0 0 20 0 12 0 123456 1000 200 18446744073709551615`;

describe('startTimeOfStat', () => {
  test.each(['etcd', 'a b', 'a) R (b', '))'])('finds the start time behind the command "%s"', (command) => {
    expect(startTimeOfStat(stat(command, 'S'))).toBe('123456');
  });

  test('takes a zombie for gone', () => {
    expect(startTimeOfStat(stat('etcd', 'Z'))).toBeUndefined();
  });
});

describe('isSameProcess', () => {
  const record = { name: 'etcd', pid: 4711, startedAt: 'boot/1' };

  test.each([
    ['the process itself', 'boot/1', true],
    ['a later process with its pid', 'boot/2', false],
    ['a process of another boot', 'other/1', false],
    ['no process', undefined, false],
  ])('%s', (_title, startedAt, same) => {
    expect(isSameProcess(record, startedAt)).toBe(same);
  });
});
