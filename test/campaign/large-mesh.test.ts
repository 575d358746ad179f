import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { beginKillStage, expectMesh, type KillStage, ofAnyRevision } from '../support/kill-stage.ts';
import { killAtRandom, undisturbed } from '../support/kill-upgrade.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { restartedOnce, restartsOf } from '../support/restarts.ts';
import { revisions } from '../support/upgrade.ts';
import { controlPlane } from '../support/upgrade-process.ts';

const seed = Number(process.env.CAMPAIGN_SEED ?? 1);
const namespaces = ['payments', 'shop', ...Array.from({ length: 10 }, (_, index) => `team-${index + 1}`)];
const groups = { canary: namespaces.slice(0, 2), early: namespaces.slice(2, 6), main: namespaces.slice(6) };
const kills = 10;

describe(`an upgrade of two gateways, 12 namespaces and 60 workloads, killed at random (seed ${seed})`, () => {
  let stage: KillStage;

  beforeAll(async () => {
    stage = await beginKillStage({ groups, deployments: ['web', 'api', 'cart', 'mail', 'jobs'], nodes: 3 });
  });

  afterAll(() => stage?.embedded.stop());

  test(`ends after ${kills} kills, each followed by resume, with no workload restarted twice`, async () => {
    const { cluster } = stage;
    const before = await restartsOf(cluster, namespaces);
    expect(Object.keys(before)).toHaveLength(60);
    const deaths = await killAtRandom(stage, { kills, reach: 20, random: randomNumbers(seed) });
    console.log(deaths.join('\n'));
    const { id = '' } = (await readJournal(cluster, controlPlane)) ?? {};
    expect(await restartsOf(cluster, namespaces)).toEqual(restartedOnce(before, id));
    const pods = (await cluster.list({ apiVersion: 'v1', kind: 'Pod' })).items.filter(isLive);
    const left = pods.filter((pod) => proxyRevision(pod) === revisions.old).map(({ metadata }) => metadata.namespace);
    expect(left.filter((namespace = '') => namespaces.includes(namespace))).toEqual([]);
  });

  test('is finished, and leaves the mesh that it found with the other revision', async () => {
    await undisturbed(stage, 'finish');
    await expectMesh(stage, stage.first, ofAnyRevision);
  });
});
