import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { beginStory, type Story } from '../support/story.ts';
import { drift } from './delivery/drift.ts';
import { emptyCluster } from './delivery/empty-cluster.ts';
import { firstPromotion } from './delivery/first-promotion.ts';
import { istiodsWrites } from './delivery/istiods-writes.ts';
import { lock } from './delivery/lock.ts';
import { movedPlan } from './delivery/moved-plan.ts';
import { neverReady } from './delivery/never-ready.ts';
import { nothingToDo } from './delivery/nothing-to-do.ts';
import { policy } from './delivery/policy.ts';
import { problems } from './delivery/problems.ts';
import { prune } from './delivery/prune.ts';
import { robustness } from './delivery/robustness.ts';

/** One cluster from its first plan on: every part finds it as the parts before have left it. */
describe('delivery to one cluster', () => {
  let embedded: Embedded;
  let story: Story;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginStory(embedded);
  });

  afterAll(() => embedded?.stop());

  emptyCluster(() => story);
  firstPromotion(() => story);
  nothingToDo(() => story);
  policy(() => story);
  problems(() => story);
  drift(() => story);
  movedPlan(() => story);
  istiodsWrites(() => story);
  lock(() => story);
  prune(() => story);
  neverReady(() => story);
  robustness(() => story);
});
