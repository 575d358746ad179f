import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { readPromotionRecord } from '../../src/plan/cluster-state.ts';
import { withRequests } from '../integration/upgrade/amendments.ts';
import { deliverTo, type Promotion } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { renderRevision, revisions } from '../support/upgrade.ts';

const seed = Number(process.env.CAMPAIGN_SEED ?? 1);
const races = Array.from({ length: 60 }, (_, index) => index + 1);

describe(`promotions of two bundles to one cluster at once (seed ${seed})`, () => {
  const random = randomNumbers(seed);
  let embedded: Embedded;
  let bundles: [Bundle, Bundle];

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    const bundle = await renderRevision(embedded, revisions.old);
    bundles = [bundle, withRequests(bundle, 4321)];
    await deliverTo(embedded.cluster('dev'), 'dev').promote(bundle);
  });

  afterAll(() => embedded?.stop());

  const run = async (bundle: Bundle, holder: string): Promise<Promotion['outcome']> => {
    await systemClock.sleep(random() * 400);
    return (await deliverTo(embedded.cluster('dev'), 'dev').promote(bundle, { holder })).outcome;
  };

  test.each(races)('leave what the last one of them says, and nothing half done: race %d', async () => {
    const [one, other] = bundles;
    const outcomes = await Promise.all([run(one, 'one'), run(other, 'other')]);
    const codes = outcomes.map((outcome) => (outcome.result === 'failed' ? outcome.code : outcome.result));
    console.log(codes.join(' and '));
    expect(codes.filter((code) => !['promoted', 'unchanged', 'LockHeld', 'PlanMoved'].includes(code))).toEqual([]);
    expect(codes.some((code) => code === 'promoted' || code === 'unchanged')).toBe(true);
    const cluster = embedded.cluster('dev');
    const record = await readPromotionRecord(cluster, 'istio-system');
    expect(record?.inProgress).toBeUndefined();
    const runs =
      bundles.find(({ manifest }) => manifest.digest === record?.current?.bundle) ?? expect.fail('another bundle');
    expect((await deliverTo(cluster, 'dev').promote(runs)).outcome).toMatchObject({ result: 'unchanged' });
  });
});
