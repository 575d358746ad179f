import { describe, expect, test } from 'vitest';
import { durationText } from '../../src/upgrade/duration-text.ts';
import { progressLine, type UpgradeProgress } from '../../src/upgrade/upgrade-progress.ts';

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
  };

  test.each<[string, Partial<UpgradeProgress>, string]>([
    ['goes on at the pace so far', {}, 'group main · shop: 40 of 120 workloads, 2 min so far, about 4 min more'],
    [
      'knows nothing of the time left before the first',
      { moved: 0, elapsed: 30_000 },
      'group main · shop: 0 of 120 workloads, 30 s so far, how long still is unknown',
    ],
    ['has no time left at the end', { moved: 120 }, 'group main · shop: 120 of 120 workloads, 2 min so far'],
    [
      'never promises no time at all',
      { moved: 119, elapsed: 119 },
      'group main · shop: 119 of 120 workloads, 0 s so far, about 5 s more',
    ],
    [
      'guesses roughly',
      { moved: 1, elapsed: 61_234 },
      'group main · shop: 1 of 120 workloads, 1 min 1 s so far, about 2 h more',
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

  test('names the group where the step does not, and no namespace where there is none', () => {
    const { namespace: _namespace, ...rest } = progress;
    expect(progressLine({ ...rest, step: 'soak', group: 'main' })).toMatch(/^soak · group main: 40 of 120/);
  });
});
