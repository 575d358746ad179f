import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaign } from '../support/campaign.ts';
import { expectMesh, withoutAddresses } from '../support/kill-stage.ts';
import { beginKillStory, type KillStory } from '../support/kill-story.ts';
import { killAtRandom, undisturbed } from '../support/kill-upgrade.ts';
import { randomNumbers } from '../support/random-numbers.ts';

const { seed } = campaign;
const rounds = Array.from({ length: campaign.runs(26) }, (_, index) => index + 1);
const kills = 10;
/** A small mesh has few writes. */
const reach = 6;

describe(`upgrades of a small mesh, killed at random (seed ${seed})`, () => {
  const random = randomNumbers(seed);
  let story: KillStory;

  beforeAll(async () => {
    story = await beginKillStory();
  });

  afterAll(() => story?.embedded.stop());

  test.each(rounds)(`end after ${kills} kills, and are rolled back to the very mesh of before: round %d`, async () => {
    const deaths = await killAtRandom(story, { kills, reach, random });
    console.log(deaths.join('\n'));
    expect(deaths).toHaveLength(kills);
    await expectMesh(story, story.upgraded, withoutAddresses);
    await undisturbed(story, 'rollback');
    await expectMesh(story, story.first, withoutAddresses);
  });
});
