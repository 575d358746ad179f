import { describe, expect, test } from 'vitest';
import { idleWord } from '../../src/record/idle-record.ts';
import { upgradeFailure } from '../../src/record/upgrade-failure.ts';
import { upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import type { ClusterUpgrade, UpgradeCommand } from '../../src/upgrade/cluster-upgrade.ts';
import { clusterUpgrade, upgradeFacts } from '../support/upgrades.ts';

const ended = (cluster: string, result: ClusterUpgrade['result'], more: Partial<ClusterUpgrade> = {}) =>
  clusterUpgrade({ cluster, result, ...more });
const why = { code: 'Code', reason: 'why' };
const interrupted = { code: 'Interrupted', reason: 'interrupted', interrupted: true } as const;
const record = (clusters: ClusterUpgrade[], command: UpgradeCommand = 'start') =>
  upgradeRecordOf(upgradeFacts({ command, clusters }));

describe('upgradeFailure', () => {
  test.each<[string, ClusterUpgrade[], UpgradeCommand, ReturnType<typeof upgradeFailure>]>([
    ['upgraded', [ended('a', 'upgraded')], 'start', undefined],
    [
      'interrupted before the first write',
      [ended('a', 'not started', interrupted), ended('b', 'not started', interrupted)],
      'start',
      { kind: 'interrupted', reason: 'upgrade start of production was interrupted, nothing was written; run it again' },
    ],
    [
      'interrupted between two waves',
      [ended('a', 'upgraded'), ended('b', 'not started', interrupted)],
      'start',
      {
        kind: 'interrupted',
        reason:
          'upgrade start of production was interrupted: a is upgraded; b was not begun; upgrade start with the same plan goes on where it stopped',
      },
    ],
    [
      'interrupted in the middle of a rollback',
      [ended('a', 'failed', interrupted), ended('b', 'not started', interrupted)],
      'rollback',
      {
        kind: 'interrupted',
        reason:
          'upgrade rollback of production was interrupted: a was left halfway; b was not begun; upgrade rollback goes on where it stopped',
      },
    ],
    [
      'failed in an earlier wave',
      [ended('a', 'failed', why), ended('b', 'not started', { code: 'EarlierWave', reason: 'x' })],
      'resume',
      { kind: 'failed', reason: 'a (Code): why' },
    ],
    ['refused', [ended('a', 'refused', why)], 'start', { kind: 'refused', reason: 'a (Code): why' }],
    [
      'paused by somebody',
      [ended('a', 'paused', why), ended('b', 'not started')],
      'start',
      { kind: 'interrupted', reason: 'a (Code): why' },
    ],
    ['seen paused', [ended('a', 'paused', why)], 'status', undefined],
    ['pausing', [ended('a', 'paused')], 'pause', undefined],
  ])('%s', (_name, clusters, command, failure) => {
    expect(upgradeFailure(record(clusters, command))).toEqual(failure);
  });
});

test.each<[string, ClusterUpgrade[], UpgradeCommand, string | undefined]>([
  ['refused', [ended('a', 'refused', { ...why, untouched: true })], 'start', 'refused'],
  ['only looked at', [ended('a', 'upgraded')], 'status', 'status'],
  ['paused', [ended('a', 'paused')], 'pause', 'pause'],
  ['upgraded', [ended('a', 'upgraded')], 'start', undefined],
  ['refused after it was begun', [ended('a', 'refused', why)], 'start', undefined],
])('an upgrade that was %s changed nothing, or did', (_name, clusters, command, word) => {
  expect(idleWord(record(clusters, command))).toBe(word);
});
