import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { beginUpgradeStory, type UpgradeStory } from '../support/upgrade-story.ts';
import { amendments } from './upgrade/amendments.ts';
import { backFromTheMiddle } from './upgrade/back-from-the-middle.ts';
import { inMotion } from './upgrade/in-motion.ts';
import { notBegun } from './upgrade/not-begun.ts';
import { stepByStep } from './upgrade/step-by-step.ts';
import { theEnd } from './upgrade/the-end.ts';

/** One small mesh from its first upgrade on: every part finds it as the parts before have left it. */
describe('upgrades of one cluster', () => {
  let embedded: Embedded;
  let story: UpgradeStory;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginUpgradeStory(embedded);
  });

  afterAll(() => embedded?.stop());

  notBegun(() => story);
  amendments(() => story);
  backFromTheMiddle(() => story);
  stepByStep(() => story);
  theEnd(() => story);
  inMotion(() => story);
});
