import { describe, expect, test } from 'vitest';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { deleteObject } from '../../support/somebody.ts';
import { revisions, upgradeTo } from '../../support/upgrade.ts';
import type { UpgradeStory } from '../../support/upgrade-story.ts';

export function theEnd(story: () => UpgradeStory): void {
  describe('the end of an upgrade', () => {
    test('is refused while one pod has a proxy of the old revision, and nothing is deleted', async () => {
      const { embedded, cluster, bundles } = story();
      const before = await meshSnapshot(cluster);
      expect(await upgradeTo(embedded, bundles.new).run('finish')).toMatchObject({
        result: 'refused',
        code: 'RevisionInUse',
        reason: expect.stringMatching(
          new RegExp(`^revision ${revisions.old} of cluster dev cannot be retired.*Pod shop/debug .*delete it`),
        ),
      });
      expect(await meshSnapshot(cluster)).toEqual(before);
    });

    test('comes once that pod is gone', async () => {
      const { embedded, cluster, bundles } = story();
      await deleteObject(cluster, { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'debug' });
      expect(await upgradeTo(embedded, bundles.new).run('finish')).toMatchObject({
        result: 'finished',
        state: `${revisions.new} is the one revision; ${revisions.old} is retired`,
      });
    });

    test.each(['finish', 'rollback', 'resume', 'pause'] as const)('leaves nothing to %s', async (command) => {
      const { embedded, bundles } = story();
      expect(await upgradeTo(embedded, bundles.new).run(command)).toMatchObject({
        result: 'refused',
        code: 'NoUpgradeOpen',
        reason: expect.stringMatching(
          new RegExp(`no upgrade to ${command}: none is open; its last one .* is finished`),
        ),
      });
    });

    test('leaves a mesh that promote has nothing to change in', async () => {
      const { delivery, bundles } = story();
      expect((await delivery.promote(bundles.new)).outcome).toMatchObject({ result: 'unchanged' });
    });
  });
}
