import { describe, expect, test } from 'vitest';
import { expectMesh } from '../../support/kill-stage.ts';
import type { KillStory } from '../../support/kill-story.ts';
import { killStart } from '../../support/kill-upgrade.ts';
import { upgradeProcess } from '../../support/upgrade-process.ts';
import type { Side } from '../../support/write-gate.ts';

/** Journal writes of an upgrade of the small mesh, up to the retirement. */
export const writesOfStart = 14;

/** One side of one journal write of a start, from 0. */
export type KillPoint = [n: number, side: Side];

export function rolledBack(story: () => KillStory, points: readonly KillPoint[]): void {
  describe('rolled back', () => {
    test(`has ${writesOfStart} writes at which it can be killed`, () => {
      expect(new Set(story().forward).size).toBe(writesOfStart);
      expect(story().forward).toHaveLength(writesOfStart);
    });

    test.for(points)(
      'killed at write %i, %s it is carried out: the first state',
      { timeout: 300_000 },
      async (point) => {
        await killStart(story(), ...point);
        const { code, stderr } = await upgradeProcess(story(), 'rollback');
        const [n, side] = point;
        // Killed before its first write, it was never there; whoever asks is told so.
        if (n === 0 && side === 'before') expect(stderr).toContain('has no upgrade to rollback');
        else expect(code, stderr).toBe(0);
        await expectMesh(story(), story().first);
      },
    );
  });
}
