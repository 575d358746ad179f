import { describe, expect, test } from 'vitest';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { meshView } from '../../support/mesh-view.ts';
import { forceFields } from '../../support/somebody.ts';
import { revisions, upgradeTo } from '../../support/upgrade.ts';
import type { UpgradeStory } from '../../support/upgrade-story.ts';
import { watchedCluster } from '../../support/watched-cluster.ts';

export function backFromTheMiddle(story: () => UpgradeStory): void {
  describe('an upgrade that is cut off in the middle of a group', () => {
    let before: Record<string, unknown>;
    let id: string | undefined;

    test('leaves what it has moved on the new revision, and the rest on the old one', async () => {
      const { embedded, cluster, bundles } = story();
      await forceFields(
        cluster,
        { apiVersion: 'v1', kind: 'Namespace', name: 'catalog' },
        { metadata: { name: 'catalog', labels: { 'istio-injection': 'enabled' } } },
      );
      before = await meshSnapshot(cluster);
      const stop = new AbortController();
      const outcome = await upgradeTo(embedded, bundles.new).run('start', {
        signal: stop.signal,
        connect: (real) =>
          watchedCluster(real, ({ object }) => {
            if (object === 'Deployment shop/web') stop.abort(new Error('the runner was stopped'));
          }),
      });
      expect(outcome).toMatchObject({ result: 'failed', code: 'Interrupted', interrupted: true });
      id = outcome.journal?.id;
      const { tags, gateways, proxies } = await meshView(cluster);
      expect(tags).toEqual({ 'prod-canary': revisions.new, 'prod-main': revisions.new, default: revisions.old });
      expect(gateways).toEqual({ ingress: revisions.old, egress: revisions.old });
      expect(proxies).toMatchObject({ payments: [revisions.new], catalog: [revisions.new] });
      expect(proxies.shop).toContain(revisions.new);
    });

    test('has brought a namespace with istio-injection to its tag', async () => {
      const { cluster } = story();
      const catalog = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'catalog' });
      expect(catalog?.metadata.labels).toMatchObject({ 'istio.io/rev': 'prod-main' });
      expect(catalog?.metadata.labels).not.toHaveProperty('istio-injection');
    });

    test('is rolled back to what was before, labels of namespaces included', async () => {
      const { embedded, cluster, bundles } = story();
      const outcome = await upgradeTo(embedded, bundles.new).run('rollback');
      expect(outcome).toMatchObject({
        result: 'rolled back',
        state: '1-31-0 is the one revision, as before the upgrade; CRDs stay',
        journal: { id },
      });
      expect(await meshSnapshot(cluster)).toEqual(before);
      expect(before['Namespace catalog']).toMatchObject({ labels: { 'istio-injection': 'enabled' } });
    });

    test('goes on where it was cut off while it made a new gateway as large as the old one', async () => {
      const { embedded, cluster, bundles } = story();
      const old = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-gateways', name: 'ingress-1-31-0' };
      const own = (await cluster.get(old))?.spec as { replicas: number };
      await forceFields(cluster, old, { spec: { replicas: own.replicas + 1 } });
      const stop = new AbortController();
      let writes = 0;
      const outcome = await upgradeTo(embedded, bundles.new).run('start', {
        until: 'gateways',
        signal: stop.signal,
        connect: (real) =>
          watchedCluster(real, ({ object }) => {
            // It is created first, and held after that.
            if (object === `HorizontalPodAutoscaler istio-gateways/ingress-${revisions.new}`) writes += 1;
            if (writes === 2) stop.abort(new Error('the runner was stopped'));
          }),
      });
      expect(outcome).toMatchObject({ result: 'failed', interrupted: true });
      expect((await upgradeTo(embedded, bundles.new).plan()).clusters[0]?.problems).toEqual([]);
      const resumed = await upgradeTo(embedded, bundles.new).run('resume', { until: 'gateways' });
      expect(resumed).toMatchObject({ result: 'stopped' });
      expect(await upgradeTo(embedded, bundles.new).run('rollback')).toMatchObject({ result: 'rolled back' });
      await forceFields(cluster, old, { spec: { replicas: own.replicas } });
    });

    test('is not gone on with: a new start is another upgrade', async () => {
      const { embedded, bundles } = story();
      expect(await upgradeTo(embedded, bundles.new).run('resume')).toMatchObject({
        result: 'refused',
        code: 'NoUpgradeOpen',
        reason: expect.stringContaining('is rolled back; start one'),
      });
      const { journal } = await upgradeTo(embedded, bundles.new).run('start', { until: 'base' });
      expect(journal).toMatchObject({ state: 'open' });
      expect(journal?.id).not.toBe(id);
    });
  });
}
