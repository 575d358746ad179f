import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { withStages } from '../../support/acme.ts';
import { silent } from '../../support/delivery.ts';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { forceFields } from '../../support/somebody.ts';
import { renderRevision, revisions, upgradeTo } from '../../support/upgrade.ts';
import type { UpgradeStory } from '../../support/upgrade-story.ts';
import { watchedCluster } from '../../support/watched-cluster.ts';

export function notBegun(story: () => UpgradeStory): void {
  describe('an upgrade that may not begin', () => {
    test('is not begun by promote, which points at upgrade start', async () => {
      const { delivery, bundles } = story();
      const { outcome, writes } = await delivery.promote(bundles.new);
      expect(outcome).toMatchObject({
        code: 'RevisionChange',
        kind: 'refused',
        reason: expect.stringContaining('run upgrade start with this bundle'),
      });
      expect(writes.filter(({ object }) => object !== 'Lease istio-system/istio-delivery')).toEqual([]);
    });

    test('has nothing to do with the bundle that runs', async () => {
      const { embedded, bundles } = story();
      const lines: string[] = [];
      const run = await watched(story(), bundles.old, lines);
      expect(run).toMatchObject({ outcome: { result: 'finished' }, writes: [] });
      expect(run.outcome.journal).toBeUndefined();
      expect(lines).toContain('dev runs this bundle already');
      expect(await upgradeTo(embedded, bundles.old).run('resume')).toMatchObject({
        result: 'refused',
        code: 'NoUpgradeOpen',
        reason: expect.stringContaining('none is open'),
      });
    });

    test('is refused where the bundle has the revision that runs', async () => {
      const { bundles } = story();
      const other = withStages(bundles.old, 'dev', { config: (objects) => objects.slice(1) });
      expect(await watched(story(), other)).toMatchObject({
        outcome: {
          result: 'refused',
          code: 'NothingToUpgrade',
          reason: expect.stringMatching(/it runs revision 1-31-0, the bundle's own, already; promote the bundle/),
        },
        writes: [],
      });
    });

    test('has a plan whose digest is the same whenever it is made, and another with another policy', async () => {
      const { embedded, bundles } = story();
      const digest = async (bundle = bundles.new) => (await upgradeTo(embedded, bundle).plan()).digest;
      const policy = await renderRevision(embedded, revisions.new, {
        group: (name) => (name === 'main' ? 'batch: 2' : ''),
      });
      expect(policy.manifest.clusters).toEqual(bundles.new.manifest.clusters);
      const first = await digest();
      expect(await digest()).toBe(first);
      expect(await digest(policy)).not.toBe(first);
    });

    test('is refused when the mesh has changed behind its plan', async () => {
      const { embedded, cluster, bundles } = story();
      const plan = await upgradeTo(embedded, bundles.new).plan();
      const service = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-gateways', name: 'ingress' };
      const before = await meshSnapshot(cluster);
      await forceFields(cluster, service, { metadata: { ...named(service), labels: { app: 'somebodys' } } });
      const { outcome, writes } = await watched(story(), bundles.new, [], plan);
      expect(outcome).toMatchObject({
        result: 'refused',
        code: 'PlanMoved',
        reason: expect.stringContaining('Service istio-gateways/ingress'),
      });
      expect(outcome.journal).toBeUndefined();
      expect(writes).toEqual([]);
      await forceFields(cluster, service, {
        metadata: { ...named(service), labels: { app: bundleLabel(before) } },
      });
    });
  });
}

function named({ namespace, name }: { namespace: string; name: string }) {
  return { namespace, name };
}

function bundleLabel(snapshot: Record<string, unknown>): string {
  const { labels } = snapshot['Service istio-gateways/ingress'] as { labels: { app: string } };
  return labels.app;
}

/** A start, and everything but the lock that it wrote. */
async function watched({ embedded }: UpgradeStory, bundle: Bundle, lines: string[] = [], plan?: Plan) {
  const writes: string[] = [];
  const outcome = await upgradeTo(embedded, bundle).run('start', {
    reporter: { ...silent, line: (text) => void lines.push(text) },
    connect: (cluster) =>
      watchedCluster(cluster, ({ object }) => {
        if (object !== 'Lease istio-system/istio-delivery') writes.push(object);
      }),
    ...(plan ? { plan } : {}),
  });
  return { outcome, writes };
}
