import { beginKillStage, expectMesh, type KillStage, settledMesh } from './kill-stage.ts';
import { undisturbed } from './kill-upgrade.ts';

/** What the tests of one mesh share whose upgrades are killed. */
export interface KillStory extends KillStage {
  /** The mesh after an upgrade that was never killed. */
  upgraded: Record<string, unknown>;
  /** Moments of the journal's writes in that upgrade, and in the rollback after it. */
  forward: string[];
  back: string[];
}

/** The small mesh, upgraded once and rolled back once, without any disturbance. */
export async function beginKillStory(): Promise<KillStory> {
  const stage = await beginKillStage();
  const forward = await undisturbed(stage, 'start');
  const upgraded = await settledMesh(stage.cluster);
  const back = await undisturbed(stage, 'rollback');
  await expectMesh(stage, stage.first);
  return { ...stage, upgraded, forward, back };
}
