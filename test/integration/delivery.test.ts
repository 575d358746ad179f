import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { beginStory, type Story } from '../support/story.ts';
import { emptyCluster } from './delivery/empty-cluster.ts';
import { firstPromotion } from './delivery/first-promotion.ts';
import { nothingToDo } from './delivery/nothing-to-do.ts';

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
});
