import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { beginFieldStory, type FieldStory } from '../support/field-story.ts';
import { autoscalers } from './fields/autoscalers.ts';
import { cloudAdmission } from './fields/cloud-admission.ts';
import { progressiveDelivery } from './fields/progressive-delivery.ts';
import { undeclaredOwner } from './fields/undeclared-owner.ts';

/** One cluster in which others write to what the bundle brings. */
describe('fields that others own', () => {
  let embedded: Embedded;
  let story: FieldStory;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginFieldStory(embedded);
  });

  afterAll(() => embedded?.stop());

  progressiveDelivery(() => story);
  cloudAdmission(() => story);
  autoscalers(() => story);
  undeclaredOwner(() => story);
});
