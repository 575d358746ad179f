import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { objectId } from '../../src/ports/objects.ts';
import { clusterFacts } from '../../src/rehearsal/copies/cluster-facts.ts';
import { missingKinds } from '../../src/rehearsal/foreign-kinds.ts';
import { prepareRehearsal, type RehearsalPlan } from '../../src/rehearsal/prepare-rehearsal.ts';
import { type Stage, stageOn } from '../../src/rehearsal/stage.ts';
import { silent } from '../support/delivery.ts';
import { asAccount, type Embedded, startEmbedded } from '../support/embedded.ts';
import { proxySources } from '../support/proxy-sources.ts';
import { renderBoth, revisions, smallMesh } from '../support/upgrade.ts';
import { teamsOf } from '../support/upgrade-story.ts';

function rehearsed(bundles: { old: Bundle; new: Bundle }) {
  return {
    way: 'upgrade' as const,
    from: bundles.old,
    to: bundles.new,
    cluster: 'dev',
    overlay: { patches: [] },
    soak: 1,
    sample: [],
    workloads: teamsOf(smallMesh),
  };
}

/** What an environment has that no bundle brings, in a namespace that the bundle brings later. */
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace: 'istio-system' } };
const routes = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'routes.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Route', plural: 'routes', singular: 'route', listKind: 'RouteList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const route = { apiVersion: 'example.com/v1', kind: 'Route', metadata: { name: 'web', namespace: 'shop' } };

const unwatched = { check: async () => undefined };

/** All that a rehearsal does apart from its traffic, on a control plane that keeps and verifies what it is given. */
describe('the stage of a rehearsal', () => {
  let embedded: Embedded;
  let cluster: Cluster;
  let bundles: { old: Bundle; new: Bundle };
  let plan: RehearsalPlan;
  let stage: Stage;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    cluster = embedded.cluster('dev');
    bundles = await renderBoth(embedded, {
      group: (name) => (name === 'canary' ? 'soak: 30m' : ''),
      more: 'upgrade: { soak: 24h }',
    });
    const prerequisites = [routes, secret, route].map((object, index) => ({
      object,
      place: `given.yaml:${index + 1}`,
    }));
    plan = prepareRehearsal({ ...rehearsed(bundles), prerequisites });
    const signal = new AbortController().signal;
    stage = stageOn(cluster, {
      old: plan.old,
      coming: plan.coming,
      target: { name: 'dev', context: 'dev' },
      proxies: proxySources(embedded, { context: 'dev', signal }).proxies,
      acknowledged: [],
      timeout: 60_000,
      clock: systemClock,
      reporter: silent,
      signal,
    });
  });

  afterAll(() => embedded?.stop());

  test('has what the machine needs laid over both bundles, and says which soaks it does not wait for', () => {
    expect(plan.overlay.length).toBeGreaterThan(0);
    expect(plan.soaks).toEqual([
      { of: 'group canary', seconds: 1800, rehearsed: 1 },
      { of: 'the whole mesh', seconds: 86_400, rehearsed: 1 },
    ]);
  });

  // The way back, under real traffic: npm run e2e.
  test('brings what the environment has, installs what it runs, and goes to the end of the upgrade', async () => {
    expect(await missingKinds(cluster, [{ ...route, object: 'Route web', builtIn: false }])).toHaveLength(1);
    expect(await missingKinds(cluster, plan.foreignKinds)).toEqual([]);
    await stage.prepare(plan.prerequisites, plan.namespaces);
    for (const object of [secret, route]) expect(await cluster.get(objectId(object))).toBeDefined();
    await stage.install(plan.namespaces);
    await stage.deploy(plan.workloads);
    await stage.upgrade('start', unwatched);
    await stage.upgrade('finish', unwatched);
    expect(stage.upgrades().map(({ result }) => result)).toEqual(['upgraded', 'finished']);
    const deployments = await cluster.list(
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { namespace: 'istio-system' },
    );
    expect(deployments.items.map(({ metadata }) => metadata.name)).toEqual([`istiod-${revisions.new}`]);
  });

  test('asks an environment as the account that looks, and makes namespaces as they are there', async () => {
    const labels = { 'pod-security.kubernetes.io/warn': 'restricted', team: 'shop' };
    const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } };
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'all', namespace: 'shop' },
    };
    for (const object of [shop, { ...policy, spec: { podSelector: {} } }]) {
      await cluster.apply(object, { fieldManager: 'owners', dryRun: false, force: false });
    }
    const looking = await asAccount(cluster, 'look', bundles.new);
    const facts = await clusterFacts(looking, { namespaces: ['shop', 'nowhere'], controlPlane: 'istio-system' });
    expect(facts).toMatchObject({
      namespaces: { nowhere: { kind: 'known', value: 'absent' } },
      networkPolicies: { kind: 'known', value: [{ namespace: 'shop', name: 'all' }] },
      nodes: { kind: 'known', value: { count: 1 } },
      networks: { kind: 'known', value: [] },
      webhooks: { kind: 'known', value: [] },
      root: { kind: 'known', value: 'O=cluster.local' },
    });
    const twin = prepareRehearsal({ ...rehearsed(bundles), environment: { kind: 'asked', facts } });
    expect(twin.namespaces.find(({ metadata }) => metadata.name === 'shop')?.metadata.labels).toEqual(labels);
  });
});
