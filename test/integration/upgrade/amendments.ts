import { describe, expect, test } from 'vitest';
import { readStoredBundle } from '../../../src/apply/stored-bundle.ts';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { readJournal } from '../../../src/upgrade/keep-journal.ts';
import { withStages } from '../../support/acme.ts';
import { read } from '../../support/delivery.ts';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { upgradeTo } from '../../support/upgrade.ts';
import type { UpgradeStory } from '../../support/upgrade-story.ts';

/** A rule of the team's own that a bundle may have. */
const rule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  namespace: 'shop',
  name: 'storefront',
};

export function amendments(story: () => UpgradeStory): void {
  describe('a promotion while an upgrade is open', () => {
    let before: Record<string, unknown>;

    test('changes configuration, rendered at the old revision or at the new one', async () => {
      const { embedded, cluster, delivery, bundles } = story();
      before = await meshSnapshot(cluster);
      const opened = await upgradeTo(embedded, bundles.new).run('start', { until: 'control-plane' });
      expect(opened).toMatchObject({ result: 'stopped' });
      for (const [bundle, requests] of [
        [bundles.old, 1234],
        [bundles.new, 4321],
      ] as const) {
        const amended = withRequests(bundle, requests);
        expect((await delivery.promote(amended)).outcome).toMatchObject({ result: 'promoted' });
        expect(requestsOf(await read(cluster, rule))).toBe(requests);
        expect((await delivery.promote(amended)).outcome).toMatchObject({ result: 'unchanged' });
      }
    });

    test('is noted for both sides', async () => {
      const { cluster, bundles } = story();
      const journal = await readJournal(cluster, 'istio-system');
      if (!journal) throw new Error('there is no journal');
      expect(journal.promotions).toHaveLength(2);
      expect(journal.promotions.at(-1)).toMatchObject({ bundle: withRequests(bundles.new, 4321).manifest.digest });
      for (const side of [journal.old, journal.new]) {
        const { bundle } = await readStoredBundle(cluster, 'istio-system', side);
        const config = bundle.stages.find(({ stage }) => stage === 'config')?.objects ?? [];
        expect(config.filter(isRule).map(requestsOf)).toEqual([4321]);
      }
    });

    test('is refused where it is about anything else', async () => {
      const { delivery, bundles } = story();
      const more = withStages(withRequests(bundles.old, 4321), 'dev', {
        base: (objects) => objects.map((object) => ({ ...object, metadata: labelled(object) })),
      });
      const { outcome, writes } = await delivery.promote(more).catch((error) => ({ outcome: error, writes: [] }));
      expect(outcome).toMatchObject({
        code: 'UpgradeOpen',
        kind: 'refused',
        message: expect.stringMatching(/only configuration may change, while this bundle differs in base; finish/),
      });
      expect(writes).toEqual([]);
    });

    test('is still there after the upgrade was rolled back', async () => {
      const { embedded, cluster, delivery, bundles } = story();
      expect(await upgradeTo(embedded, bundles.new).run('rollback')).toMatchObject({ result: 'rolled back' });
      const { [key]: changed, ...others } = await meshSnapshot(cluster);
      const { [key]: _rule, ...othersBefore } = before;
      expect(requestsOf(changed as KubernetesObject)).toBe(4321);
      expect(others).toEqual(othersBefore);
      // What runs now is that configuration at the old revision.
      const same = await delivery.promote(withRequests(bundles.old, 4321));
      expect(same.writes.filter(({ object }) => object === key)).toEqual([]);
      expect((await delivery.promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
      expect(await meshSnapshot(cluster)).toEqual(before);
    });

    test('is refused where the two bundles of the upgrade have unlike configurations', async () => {
      const { embedded, cluster, delivery, bundles } = story();
      const unlike = withRequests(bundles.new, 99);
      expect(await upgradeTo(embedded, unlike).run('start', { until: 'base' })).toMatchObject({ result: 'stopped' });
      for (const bundle of [bundles.old, unlike]) {
        expect((await delivery.promote(bundle)).outcome).toMatchObject({
          code: 'UpgradeOpen',
          kind: 'refused',
          reason: expect.stringContaining('differ in their configuration'),
        });
      }
      expect(await upgradeTo(embedded, unlike).run('start', { until: 'config' })).toMatchObject({ result: 'stopped' });
      expect(requestsOf(await read(cluster, rule))).toBe(99);
      expect(await upgradeTo(embedded, unlike).run('rollback')).toMatchObject({ result: 'rolled back' });
      expect(await meshSnapshot(cluster)).toEqual(before);
    });
  });
}

const key = 'DestinationRule shop/storefront';

/** The bundle with that many requests allowed. */
export function withRequests(bundle: Bundle, http2MaxRequests: number): Bundle {
  return withStages(bundle, 'dev', {
    config: (objects) =>
      objects.map((object) => {
        if (isRule(object)) trafficPolicy(object).connectionPool.http.http2MaxRequests = http2MaxRequests;
        return object;
      }),
  });
}

export function requestsOf(object: KubernetesObject): number {
  return trafficPolicy(object).connectionPool.http.http2MaxRequests;
}

export { rule as amendedRule };

function trafficPolicy({ spec }: KubernetesObject) {
  return (spec as { trafficPolicy: { connectionPool: { http: { http2MaxRequests: number } } } }).trafficPolicy;
}

function isRule({ kind, metadata }: KubernetesObject): boolean {
  return kind === rule.kind && metadata.name === rule.name;
}

function labelled({ metadata }: KubernetesObject): KubernetesObject['metadata'] {
  return { ...metadata, labels: { ...metadata.labels, team: 'platform' } };
}
