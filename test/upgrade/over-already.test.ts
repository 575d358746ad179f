import { describe, expect, test } from 'vitest';
import type { ClusterUpgrade, UpgradeCommand } from '../../src/upgrade/cluster-upgrade.ts';
import type { Journal } from '../../src/upgrade/journal.ts';
import { countOverAlready, isOverAlready } from '../../src/upgrade/over-already.ts';
import { journal } from '../support/upgrades.ts';

const bundle = 'sha256:b2';

function refused(state?: Journal['state'], to = bundle): ClusterUpgrade {
  const held = state && journal({ state });
  return {
    cluster: 'west',
    result: 'refused',
    code: 'NoUpgradeOpen',
    reason: 'none is open',
    state: 'as it was',
    findings: [],
    ...(held ? { journal: { ...held, new: { ...held.new, bundle: to } } } : {}),
  };
}

const done: ClusterUpgrade = { cluster: 'east', result: 'finished', state: 'well', findings: [] };

describe('a cluster in which no upgrade is open', () => {
  test.each<[UpgradeCommand, string, ClusterUpgrade, ClusterUpgrade['result'] | undefined]>([
    ['finish', 'was finished before', refused('finished'), 'finished'],
    ['finish', 'was finished with another bundle', refused('finished', 'sha256:b0'), undefined],
    ['finish', 'was rolled back', refused('rolled back'), undefined],
    ['finish', 'was never upgraded', refused(), undefined],
    ['rollback', 'was rolled back before', refused('rolled back'), 'rolled back'],
    ['rollback', 'was never upgraded', refused(), 'rolled back'],
    ['rollback', 'was upgraded to another bundle once', refused('finished', 'sha256:b0'), 'rolled back'],
    ['rollback', 'was finished', refused('finished'), undefined],
    ['resume', 'was finished', refused('finished'), undefined],
    ['start', 'was rolled back', refused('rolled back'), undefined],
  ])('%s: one that %s', (command, _what, outcome, end) => {
    const asked = { command, bundle };
    expect(isOverAlready(outcome, asked)).toBe(end !== undefined);
    const [, counted] = countOverAlready([done, outcome], asked);
    expect(counted?.result).toBe(end ?? 'refused');
    expect(counted?.reason).toBe(end === undefined ? 'none is open' : undefined);
  });

  test('is refused where there is nothing to do anywhere', () => {
    const outcomes = [refused('finished'), refused('finished')];
    expect(countOverAlready(outcomes, { command: 'finish', bundle })).toEqual(outcomes);
  });
});
