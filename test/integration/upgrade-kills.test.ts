import { afterAll, beforeAll, describe } from 'vitest';
import { beginKillStory, type KillStory } from '../support/kill-story.ts';
import { inTurns } from '../support/kill-upgrade.ts';
import { finished, resumed } from './upgrade-kills/resumed.ts';
import { rolledBack } from './upgrade-kills/rolled-back.ts';
import { twoRuns } from './upgrade-kills/two-runs.ts';

/** On the small mesh; every write from both sides, and a large mesh, are for the campaign (test/campaign). */
describe('an upgrade whose process is killed', () => {
  let story: KillStory;
  const current = () => story;

  beforeAll(async () => {
    story = await beginKillStory();
  });

  afterAll(() => story?.embedded.stop());

  resumed(current, inTurns);
  // Each step that costs little, and then one of each kind: a namespace begun, a group half done, everything moved.
  rolledBack(current, [
    [0, 'before'],
    [1, 'after'],
    [2, 'before'],
    [3, 'after'],
    [4, 'after'],
    [6, 'before'],
    [9, 'after'],
    [11, 'after'],
  ]);
  twoRuns(current);
  finished(current, inTurns);
});
