import { describe, expect, test } from 'vitest';
import { readJournal } from '../../../src/upgrade/keep-journal.ts';
import { expectMesh, ofAnyRevision, withoutAddresses } from '../../support/kill-stage.ts';
import type { KillStory } from '../../support/kill-story.ts';
import { type Kill, killThroughout, type SidesOf } from '../../support/kill-upgrade.ts';
import { restartedOnce, restartsOf } from '../../support/restarts.ts';
import { controlPlane, upgradeProcess } from '../../support/upgrade-process.ts';

const timeout = 1_200_000;

/** Kills one upgrade, its rollback, and the finish of a second one at each of their journal writes. */
export function resumed(story: () => KillStory, sides: SidesOf): void {
  const momentsOf = (kills: Kill[]) => new Set(kills.map(({ moment }) => moment));

  describe('resumed', () => {
    test('killed at every write: the state of one that was never killed, no workload restarted twice', {
      timeout,
    }, async () => {
      const { cluster, namespaces, forward, upgraded } = story();
      const before = await restartsOf(cluster, namespaces);
      const kills = await killThroughout(story(), { command: 'start', sides, followUp: () => 'resume' });
      expect(momentsOf(kills)).toEqual(new Set(forward));
      await expectMesh(story(), upgraded, withoutAddresses);
      const { id = '' } = (await readJournal(cluster, controlPlane)) ?? {};
      expect(await restartsOf(cluster, namespaces)).toEqual(restartedOnce(before, id));
    });

    test('its rollback killed at every write and taken up by resume and rollback: the first state', {
      timeout,
    }, async () => {
      const { cluster, namespaces, back, first } = story();
      const before = await restartsOf(cluster, namespaces);
      const { id = '' } = (await readJournal(cluster, controlPlane)) ?? {};
      const followUp = (n: number) => (n % 3 === 0 ? 'rollback' : 'resume');
      const kills = await killThroughout(story(), { command: 'rollback', sides, followUp });
      expect(momentsOf(kills)).toEqual(new Set(back));
      await expectMesh(story(), first);
      expect(await restartsOf(cluster, namespaces)).toEqual(restartedOnce(before, `${id}-back`));
    });
  });
}

/** Of an upgrade that waits for its retirement. */
export function finished(story: () => KillStory, sides: SidesOf): void {
  describe('finished', () => {
    test('killed at every write of its finish: the first state with the other revision', { timeout }, async () => {
      const kills = await killThroughout(story(), { command: 'finish', sides, followUp: () => 'resume' });
      expect(kills.map(({ moment }) => moment).join('\n')).toMatch(/retire running(.|\n)*finished, forward/);
      await expectMesh(story(), story().first, ofAnyRevision);
      const again = await upgradeProcess(story(), 'resume');
      expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('is finished') });
    });
  });
}
