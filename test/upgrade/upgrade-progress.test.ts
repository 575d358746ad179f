import { describe, expect, test } from 'vitest';
import { durationText } from '../../src/upgrade/duration-text.ts';
import {
  type Pace,
  progressLine,
  type TimeLeft,
  timeLeft,
  type UpgradeProgress,
} from '../../src/upgrade/upgrade-progress.ts';

const minute = 60_000;

describe('durationText', () => {
  test.each([
    [-5, '0 s'],
    [400, '0 s'],
    [42_600, '43 s'],
    [59_700, '1 min'],
    [200_000, '3 min 20 s'],
    [2 * 60 * minute + 5 * minute, '2 h 5 min'],
    [60 * minute - 400, '1 h'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});

describe('progressLine', () => {
  const progress: UpgradeProgress = {
    step: 'group:main',
    namespace: 'shop',
    moved: 40,
    total: 120,
    elapsed: 2 * minute,
    left: { milliseconds: 4 * minute, isLonger: false },
  };

  test.each<[string, Partial<UpgradeProgress>, string]>([
    ['goes on at the pace so far', {}, 'group main · shop: 40 of 120 workloads, 2 min so far, about 4 min more'],
    ['has no time left at the end', { moved: 120 }, 'group main · shop: 120 of 120 workloads, 2 min so far'],
    [
      'says so when it takes longer than it said',
      { left: { milliseconds: 5 * minute, isLonger: true } },
      'group main · shop: 40 of 120 workloads, 2 min so far, about 5 min more, longer than it looked',
    ],
    [
      'says which cluster',
      { clusters: { number: 2, total: 5 } },
      'cluster 2 of 5 · group main · shop: 40 of 120 workloads, 2 min so far, about 4 min more',
    ],
    [
      'names the group once',
      { group: 'main' },
      'group main · shop: 40 of 120 workloads, 2 min so far, about 4 min more',
    ],
  ])('%s', (_name, changes, line) => {
    expect(progressLine({ ...progress, ...changes })).toBe(line);
  });

  test('says that it does not know the time left', () => {
    const { left: _left, ...rest } = progress;
    expect(progressLine(rest)).toBe('group main · shop: 40 of 120 workloads, 2 min so far, how long still is unknown');
  });

  test('names the group where the step does not, and no namespace where there is none', () => {
    const { namespace: _namespace, ...rest } = progress;
    expect(progressLine({ ...rest, step: 'soak', group: 'main' })).toMatch(/^soak · group main: 40 of 120/);
  });
});

describe('timeLeft', () => {
  test.each<[string, Pace, number | undefined, TimeLeft | undefined]>([
    ['goes on at the pace so far', { moved: 40, elapsed: 2 * minute, left: 80 }, undefined, known(4 * minute)],
    ['knows nothing before the first', { moved: 0, elapsed: 30_000, left: 120 }, undefined, undefined],
    ['knows nothing by one', { moved: 1, elapsed: 30_000, left: 4 }, undefined, undefined],
    ['knows nothing by less than a tenth', { moved: 11, elapsed: minute, left: 109 }, undefined, undefined],
    ['knows by a tenth', { moved: 12, elapsed: minute, left: 108 }, undefined, known(9 * minute)],
    ['never promises no time at all', { moved: 119, elapsed: 119, left: 1 }, undefined, known(5_000)],
    ['has none left at the end', { moved: 120, elapsed: minute, left: 0 }, undefined, undefined],
    ['may get shorter', { moved: 40, elapsed: 2 * minute, left: 80 }, 5 * minute, known(4 * minute)],
    ['says that it got longer', { moved: 40, elapsed: 2 * minute, left: 80 }, 3 * minute, known(4 * minute, true)],
  ])('%s', (_name, pace, told, left) => {
    expect(timeLeft(pace, told)).toEqual(left);
  });
});

function known(milliseconds: number, isLonger = false): TimeLeft {
  return { milliseconds, isLonger };
}
