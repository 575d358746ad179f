import { describe, expect, test } from 'vitest';
import { withStages } from '../../support/acme.ts';
import { isReady } from '../../support/guard-floors.ts';
import { type MeshView, meshView } from '../../support/mesh-view.ts';
import { forceFields } from '../../support/somebody.ts';
import { until } from '../../support/until.ts';
import { applyAsTeam, revisions, upgradeTo } from '../../support/upgrade.ts';
import type { UpgradeStory } from '../../support/upgrade-story.ts';
import { watchedCluster } from '../../support/watched-cluster.ts';
import { podSpec } from '../../support/workloads.ts';

const { old, new: coming } = revisions;

/** Whom everything is served by when a step is done, the steps before it included. */
const steps = [
  { until: 'base', changed: {} },
  { until: 'control-plane', changed: {} },
  { until: 'config', changed: {} },
  { until: 'gateways', changed: {} },
  { until: 'group:canary', changed: { tags: { 'prod-canary': coming }, proxies: { payments: [coming] } } },
] as const;

const laterSteps = [
  { until: 'default', changed: { tags: { default: coming }, validator: coming } },
  { until: 'soak', changed: {} },
] as const;

export function stepByStep(story: () => UpgradeStory): void {
  describe('an upgrade that goes step by step', () => {
    let view: MeshView;

    const goTo = async (step: (typeof steps | typeof laterSteps)[number]) => {
      const { embedded, cluster, bundles } = story();
      const outcome = await upgradeTo(embedded, bundles.new).run('start', { until: step.until });
      expect(outcome.journal?.steps.findLast(({ status }) => status === 'done')?.step).toBe(step.until);
      view = changedBy(view, step.changed);
      expect(await meshView(cluster)).toEqual(view);
    };

    test('begins with everything served by the old revision', async () => {
      const { cluster } = story();
      const debug = { name: 'debug', namespace: 'shop', labels: { app: 'debug' } };
      await applyAsTeam(cluster, [{ apiVersion: 'v1', kind: 'Pod', metadata: debug, spec: podSpec() }]);
      view = {
        tags: { 'prod-canary': old, 'prod-main': old, default: old },
        validator: old,
        gateways: { ingress: old, egress: old },
        proxies: { payments: [old], catalog: [old], shop: [old] },
      };
      expect(await meshView(cluster)).toEqual(view);
    });

    test.each(steps)('changes at $until what that step is about, and nothing else', goTo);

    test('refuses a bundle that is not its own, and names it', async () => {
      const { embedded, bundles } = story();
      const other = withStages(bundles.new, 'dev', { config: (objects) => objects.slice(1) });
      const plan = await upgradeTo(embedded, bundles.new).plan();
      expect(await upgradeTo(embedded, other).run('start', { plan })).toMatchObject({
        result: 'refused',
        code: 'AnotherUpgrade',
        reason: expect.stringContaining(`to bundle ${bundles.new.manifest.digest}, not to ${other.manifest.digest}`),
      });
    });

    test('is not finished before everything else is done', async () => {
      const { embedded, cluster, bundles } = story();
      expect(await upgradeTo(embedded, bundles.new).run('finish')).toMatchObject({
        result: 'refused',
        code: 'NotReadyToFinish',
        reason: expect.stringContaining('group:main, gateway-switch, default, soak not done yet; resume first'),
      });
      expect(await meshView(cluster)).toEqual(view);
    });

    test('pauses between two namespaces when somebody else asks for it, and says where it stands', async () => {
      const { embedded, cluster, bundles } = story();
      const upgrade = upgradeTo(embedded, bundles.new);
      const run = upgrade.run('resume', { until: 'group:main' });
      const seen = await until('catalog moves', async () => {
        const status = await upgrade.run('status');
        return status.journal?.groups.main?.catalog?.state === 'moving' && status;
      });
      expect(seen.state).toBe(
        `${old} and ${coming} run side by side; 1 namespace on ${coming}, 1 on the way; gateways served by ${old}; default is ${old}`,
      );
      expect(await upgrade.run('pause', { holder: 'somebody else' })).toMatchObject({ result: 'paused' });
      expect(await run).toMatchObject({
        result: 'paused',
        code: 'UpgradePaused',
        reason: expect.stringContaining('somebody else asked for it; resume goes on'),
      });
      view = changedBy(view, { tags: { 'prod-main': coming }, proxies: { catalog: [coming] } });
      expect(await meshView(cluster)).toEqual(view);
    });

    test('goes on after the pause, and names the pod that nothing restarts', async () => {
      const { embedded, cluster, bundles } = story();
      const outcome = await upgradeTo(embedded, bundles.new).run('resume', { until: 'group:main' });
      expect(outcome).toMatchObject({ result: 'stopped' });
      expect(outcome.journal?.groups.main?.shop?.skipped).toEqual([
        expect.objectContaining({
          object: 'Pod shop/debug',
          holdsOldRevision: true,
          cure: 'delete it and create it again',
        }),
      ]);
      // The pod is the one that is left.
      view = changedBy(view, { proxies: { shop: [old, coming] } });
      expect(await meshView(cluster)).toEqual(view);
    });

    test('makes a new gateway as large as the old one has become before traffic goes to it', async () => {
      const { embedded, cluster, bundles } = story();
      const grown = deployment(`ingress-${old}`);
      await forceFields(cluster, grown, { spec: { replicas: 3 } });
      await until('the old gateway has grown', async () => (await readyGateways(story(), old)) === 3);
      const atTheMove: Record<string, number> = {};
      const outcome = await upgradeTo(embedded, bundles.new).run('resume', {
        until: 'gateway-switch',
        connect: (real) =>
          watchedCluster(real, async ({ object }) => {
            if (object === 'Service istio-gateways/ingress') atTheMove[coming] = await readyGateways(story(), coming);
          }),
      });
      expect(outcome).toMatchObject({ result: 'stopped' });
      expect(atTheMove).toEqual({ [coming]: 3 });
      view = changedBy(view, { gateways: { ingress: coming, egress: coming } });
      expect(await meshView(cluster)).toEqual(view);
    });

    test.each(laterSteps)('changes at $until what that step is about, and nothing else', goTo);

    test('has only the retirement left', async () => {
      const { embedded, bundles } = story();
      expect(await upgradeTo(embedded, bundles.new).run('status')).toMatchObject({
        result: 'upgraded',
        state: `${old} and ${coming} run side by side; 3 namespaces on ${coming}; gateways served by ${coming}; default is ${coming}`,
      });
    });
  });
}

interface Changes {
  tags?: Record<string, string>;
  validator?: string;
  gateways?: Record<string, string>;
  proxies?: Record<string, readonly string[]>;
}

function changedBy(view: MeshView, { tags, validator, gateways, proxies = {} }: Changes): MeshView {
  const copied = Object.entries(proxies).map(
    ([namespace, revisions]) => [namespace, [...revisions]] as [string, string[]],
  );
  return {
    tags: { ...view.tags, ...tags },
    validator: validator ?? view.validator,
    gateways: { ...view.gateways, ...gateways },
    proxies: { ...view.proxies, ...Object.fromEntries(copied) },
  };
}

function deployment(name: string) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-gateways', name };
}

async function readyGateways({ cluster }: UpgradeStory, revision: string): Promise<number> {
  const labelSelector = `istio=ingress,istio.io/rev=${revision}`;
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace: 'istio-gateways', labelSelector },
  );
  return items.filter(isReady).length;
}
