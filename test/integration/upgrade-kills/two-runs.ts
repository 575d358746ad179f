import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lockDuration } from '../../../src/apply/lease.ts';
import { readJournal } from '../../../src/upgrade/keep-journal.ts';
import { journalMoment } from '../../support/journal-moment.ts';
import { expectMesh, withoutAddresses } from '../../support/kill-stage.ts';
import type { KillStory } from '../../support/kill-story.ts';
import {
  controlPlane,
  holderOf,
  type Runner,
  recordFile,
  type UpgradeProcess,
  type UpgradeTarget,
  upgradeProcess,
} from '../../support/upgrade-process.ts';

const timeout = 300_000;

/** One run begins an upgrade and dies in the middle of it; another one ends it. */
export function twoRuns(story: () => KillStory): void {
  describe('taken up by another run', () => {
    let one: Runner;
    let other: Runner;
    /** The other run has nothing but the bundle. */
    let target: UpgradeTarget;
    let early: UpgradeProcess;
    let died: number;

    beforeAll(async () => {
      const { embedded } = story();
      const folder = (name: string) => mkdtemp(join(embedded.home, `${name}-`));
      one = { folder: await folder('one'), run: '1001' };
      other = { folder: await folder('other'), run: '1002' };
      const bundle = join(other.folder, 'bundle');
      await cp(story().bundle, bundle, { recursive: true });
      target = { ...story(), bundle };
    });

    test('which is refused while the first one is at work, and writes nothing', { timeout }, async () => {
      const { cluster } = story();
      const first = await upgradeProcess(story(), 'start', {
        runner: one,
        async dies(write, side) {
          if (side === 'before' || !journalMoment(write)?.includes('payments moving')) return false;
          const before = await readJournal(cluster, controlPlane);
          early = await upgradeProcess(target, 'resume', { runner: other });
          expect(await readJournal(cluster, controlPlane)).toEqual(before);
          died = Date.now();
          return true;
        },
      });
      expect(first, first.stderr).toMatchObject({ killed: true });
      expect(early, early.stderr).toMatchObject({ code: 3, stderr: expect.stringContaining('LockHeld') });
      expect(early.stderr).toContain(`is locked by "${holderOf(one)} (`);
      expect(early.writes).toEqual([]);
    });

    test('which waits until nobody was seen to renew the lock of the dead one, and then ends the upgrade', {
      timeout,
    }, async () => {
      const { cluster, upgraded } = story();
      const run = await upgradeProcess(target, 'resume', { runner: other });
      expect(run, run.stderr).toMatchObject({ code: 0 });
      expect(run.stderr).toMatch(new RegExp(`"${holderOf(one)} \\([0-9a-f]{8}\\)" holds the lock`));
      expect(Date.now() - died).toBeGreaterThan(lockDuration / 2);
      await expectMesh(story(), upgraded, withoutAddresses);
      expect(await readJournal(cluster, controlPlane)).toMatchObject({ state: 'open' });
      const record = JSON.parse(await readFile(recordFile(other.folder), 'utf8'));
      expect(record).toMatchObject({ origin: { run: holderOf(other) }, result: 'upgraded' });
    });
  });
}
