import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { beginStory, type Story } from '../support/story.ts';
import { apiFaults } from './faults/api-server.ts';
import { nodeFaults } from './faults/nodes.ts';
import { podFaults } from './faults/pods.ts';
import { promotionFaults } from './faults/promotion.ts';
import { proxyFaults } from './faults/proxies.ts';
import { webhookFaults } from './faults/webhooks.ts';
import { deployShop } from './faults/workloads.ts';

/** One cluster of two nodes with a promoted mesh and a namespace of its own; every part leaves it cured. */
describe('faults of an embedded cluster', () => {
  let embedded: Embedded;
  let story: Story;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev'], 2);
    story = await beginStory(embedded);
    await story.delivery.promote(story.bundle);
    await deployShop(story.cluster);
  });

  afterAll(() => embedded?.stop());

  apiFaults(() => story);
  webhookFaults(() => story);
  podFaults(() => story);
  proxyFaults(() => story);
  nodeFaults(() => story);
  promotionFaults(() => story);
});
