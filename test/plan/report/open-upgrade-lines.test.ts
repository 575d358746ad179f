import { describe, expect, test } from 'vitest';
import type { OpenUpgrade } from '../../../src/plan/open-upgrade.ts';
import { openUpgradeState } from '../../../src/plan/open-upgrade-state.ts';
import { clusterPlanDigest } from '../../../src/plan/plan.ts';
import { openUpgradeLines, openUpgradeVerdict } from '../../../src/plan/report/open-upgrade-lines.ts';
import { planReport } from '../../../src/plan/report/plan-report.ts';
import { planText } from '../../../src/plan/report/plan-text.ts';
import { clusterPlan, environmentPlan } from '../../support/plans.ts';
import { journal, stepEntries } from '../../support/upgrades.ts';

const target = { digest: 'sha256:b2', revision: 'new' };
const source = { digest: 'sha256:b1', revision: 'old' };
const failure = { step: 'group:main', code: 'WorkloadUnhealthy', reason: 'no image\nfor shop/web', at: 'ten' } as const;
const lines = (open: OpenUpgrade, bundle = target) => openUpgradeLines(openUpgradeState(open, bundle)).join('\n');

describe('openUpgradeLines', () => {
  test('say what is open, where it stands and why, and what every command would do', () => {
    expect(
      lines(journal({ failure })),
    ).toBe(`Upgrade old-to-new-1 is open since 2026-11-23T10:00:00.000Z: old (Istio 1.31.0) → new (Istio 1.31.0)
  approved as plan sha256:p1
  it stands at step group:main, which failed (6 of 11 steps done)
  group:main failed at ten: WorkloadUnhealthy: no image
    for shop/web
  this bundle is its target (new)
  upgrade start, upgrade resume: goes on with step group:main
  upgrade rollback: goes back to old: undoes group:main, group:canary, gateways, config, control-plane, base
  upgrade finish: refused (NotReadyToFinish): group:main, gateway-switch, default, soak not done yet; resume first
  promote: changes the configuration alone, for both revisions; moves nothing`);
  });

  test('name rollback for the bundle that the upgrade comes from', () => {
    const text = lines(journal(), source);
    expect(text).toContain('this bundle is its source (old)');
    expect(text).toContain(
      'upgrade start, upgrade resume, upgrade finish: refused (SourceBundle): this is the bundle that upgrade old-to-new-1 to new comes from',
    );
    expect(text).toContain('upgrade rollback: goes back to old');
  });

  test('name what was promoted meanwhile, and what is left at the end', () => {
    const promotions = [{ bundle: 'sha256:b3', plan: 'sha256:p3', at: 'ten' }];
    const steps = stepEntries(10).map(
      (entry) => ({ ...entry, status: entry.step === 'retire' ? 'pending' : entry.status }) as const,
    );
    const text = lines(journal({ promotions, steps }));
    expect(text).toContain('only its retirement is left: finish (10 of 11 steps done)');
    expect(text).toContain('configuration promoted since: sha256:b3');
    expect(text).toContain('upgrade finish: retires old, once nothing uses it');
  });
});

describe('a plan while an upgrade is open', () => {
  const planOf = (bundle: typeof target, open = journal()) =>
    environmentPlan({ clusters: [clusterPlan({ open: openUpgradeState(open, bundle) })] });

  test.each([
    ['its target', target, 'this bundle is where it goes to: 0 changes left.'],
    ['its source', source, 'this bundle is where it comes from, and rollback is the way back to it.'],
    ['another bundle', { digest: 'sha256:b3', revision: 'new' }, 'this bundle changes configuration alone: 0 changes.'],
  ])('never says that there is nothing to do: %s', (_what, bundle, said) => {
    const text = planText(planReport(planOf(bundle), [])).join('\n');
    expect(text).toContain(`Upgrade old-to-new-1 from old to new is open; ${said}`);
    expect(text).toContain('Upgrade old-to-new-1 is open since');
    expect(text).not.toContain('Nothing to do');
  });

  test('has another digest when the upgrade stands elsewhere, and the same one whatever its timeline says', () => {
    const digest = (open: OpenUpgrade) => clusterPlanDigest(clusterPlan({ open: openUpgradeState(open, target) }));
    expect(digest(journal({ timeline: [] }))).toBe(digest(journal()));
    expect(digest(journal({ steps: stepEntries(7) }))).not.toBe(digest(journal()));
    expect(digest(journal({ failure }))).not.toBe(digest(journal()));
    expect(clusterPlanDigest(clusterPlan())).not.toBe(digest(journal()));
  });
});

test('an upgrade that is not open says nothing', () => {
  expect(openUpgradeVerdict([], '1 change')).toBeUndefined();
});
