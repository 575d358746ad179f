import { afterAll, beforeAll, describe } from 'vitest';
import { finished, resumed } from '../integration/upgrade-kills/resumed.ts';
import { type KillPoint, rolledBack, writesOfStart } from '../integration/upgrade-kills/rolled-back.ts';
import { twoRuns } from '../integration/upgrade-kills/two-runs.ts';
import { beginKillStory, type KillStory } from '../support/kill-story.ts';
import { bothSides } from '../support/kill-upgrade.ts';

describe('an upgrade whose process is killed at both sides of every journal write', () => {
  let story: KillStory;
  const current = () => story;
  const points = Array.from({ length: writesOfStart }, (_, n): KillPoint[] => [
    [n, 'before'],
    [n, 'after'],
  ]);

  beforeAll(async () => {
    story = await beginKillStory();
  });

  afterAll(() => story?.embedded.stop());

  resumed(current, bothSides);
  rolledBack(current, points.flat());
  twoRuns(current);
  finished(current, bothSides);
});
