import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import { planReport } from '../../../src/plan/report/plan-report.ts';
import { planText } from '../../../src/plan/report/plan-text.ts';
import { deciding } from '../../support/bundles.ts';
import type { Story } from '../../support/story.ts';

export function policy(story: () => Story): void {
  describe('a bundle that decides otherwise and has the same objects', () => {
    const withSoak = (bundle: Bundle, soak: number) =>
      deciding(bundle, { upgrade: { ...bundle.manifest.upgrade, soak } });

    test('is a change, is promoted, and is nothing to do from then on', async () => {
      const { delivery, bundle } = story();
      const next = withSoak(bundle, 600);
      const plan = await delivery.plan(next);
      expect(plan.clusters[0]).toMatchObject({
        changes: [],
        policy: [{ path: '.upgrade.soak', before: 0, after: 600 }],
      });
      expect(planText(planReport(plan, [])).join('\n')).toContain('1 change in 1 cluster.');
      expect((await delivery.promote(next, { plan })).outcome).toMatchObject({ result: 'promoted' });
      expect((await delivery.plan(next)).clusters[0]).toMatchObject({ changes: [], policy: [] });
      expect((await delivery.promote(next)).outcome).toMatchObject({ result: 'unchanged' });
    });

    test('is not promoted by a plan that was made before another policy came to run', async () => {
      const { delivery, bundle } = story();
      const plan = await delivery.plan(bundle);
      await delivery.promote(withSoak(bundle, 60));
      expect((await delivery.promote(bundle, { plan })).outcome).toMatchObject({
        code: 'PlanMoved',
        kind: 'refused',
        reason: expect.stringContaining('the policy that runs is another one'),
      });
      expect((await delivery.promote(bundle)).outcome).toMatchObject({ result: 'promoted' });
    });
  });
}
