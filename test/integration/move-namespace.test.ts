import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import type { UpgradeContext } from '../../src/upgrade/upgrade-context.ts';
import { type MovedNamespace, moveNamespace } from '../../src/upgrade/workloads/move-namespace.ts';
import { bringToTag, restoreLabels } from '../../src/upgrade/workloads/namespace-label.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { restartWorkload } from '../../src/upgrade/workloads/restart-workload.ts';
import { listWorkloads } from '../../src/upgrade/workloads/workload.ts';
import { restartOf } from '../../src/upgrade/workloads/workload-restart.ts';
import { read, silent } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { type GuardReport, guardFloors } from '../support/guard-floors.ts';
import { proxySources } from '../support/proxy-sources.ts';
import { applyAsIs, bringUpStage, moveTag, newRevision, renderSecondRevision } from '../support/revisions.ts';
import { beginStory, type Story } from '../support/story.ts';
import { until } from '../support/until.ts';
import { watchedCluster } from '../support/watched-cluster.ts';
import { podSpec, workload } from '../support/workloads.ts';

const oldRevision = '1-31-0';
const restart = 'move-1';
const pods = { apiVersion: 'v1', kind: 'Pod' };

/** One cluster with two revisions of istiod, its tags still on the old one. */
describe('moving a namespace to another revision', () => {
  let embedded: Embedded;
  let story: Story;
  let second: Awaited<ReturnType<typeof renderSecondRevision>>;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev'], 3);
    story = await beginStory(embedded);
    expect((await story.delivery.promote(story.bundle)).outcome).toMatchObject({ result: 'promoted' });
    for (const object of [...shopWorkloads(), ...paymentsWorkloads()]) await deploy(object);
    await deployRollout();
    await applyAsIs(story.cluster, node('worker'), 'somebody');
    second = await renderSecondRevision(embedded);
    await bringUpStage(story.cluster, second, 'revision');
    await proxiesSynced(oldRevision, 17);
    await deploy(pausable(true));
  });

  afterAll(() => embedded?.stop());

  function contextOf(overrides: Partial<UpgradeContext> = {}): UpgradeContext {
    return {
      cluster: story.cluster,
      proxies: proxySources(embedded, { context: 'dev' }).proxies,
      policy: story.bundle.manifest.upgrade,
      namespace: 'istio-system',
      timeout: 60_000,
      clock: systemClock,
      reporter: silent,
      signal: new AbortController().signal,
      ...overrides,
    };
  }

  async function deploy(object: KubernetesObject): Promise<void> {
    await applyAsIs(story.cluster, object, 'team');
  }

  async function deployRollout(): Promise<void> {
    const { cluster } = story;
    await deploy({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'argo', labels: { 'istio.io/rev': 'prod' } },
    });
    await deploy(rolloutDefinition());
    const made = await until('Rollouts are served', async () => {
      const result = await cluster.apply(rollout(), { fieldManager: 'team', dryRun: false, force: false });
      return result.kind === 'applied' && result.object;
    });
    await cluster.applyStatus(rollout({ phase: 'Healthy' }), { fieldManager: 'argo' });
    await deploy(replicaSetOf(made));
  }

  async function proxiesSynced(revision: string, atLeast: number): Promise<void> {
    await until(`${atLeast} proxies of ${revision} are in sync`, async () => {
      const proxies = await proxySources(embedded, { context: 'dev' }).proxies.connected(revision);
      return proxies.filter(({ synced }) => synced).length >= atLeast;
    });
  }

  async function generations(namespace: string): Promise<Record<string, number | undefined>> {
    const workloads = await listWorkloads(story.cluster, namespace);
    return Object.fromEntries(workloads.map(({ metadata }) => [metadata.name, metadata.generation]));
  }

  async function revisions(namespace: string): Promise<Record<string, string[]>> {
    const live = (await story.cluster.list(pods, { namespace })).items.filter(isLive);
    const apps = Map.groupBy(live, ({ metadata }) => metadata.labels?.app ?? metadata.name);
    return Object.fromEntries(
      [...apps].map(([app, held]) => [app, [...new Set(held.map((pod) => proxyRevision(pod) ?? 'none'))]]),
    );
  }

  test('is refused while new pods still get the old one, and nothing is written', async () => {
    const { cluster, writes } = counting(story.cluster);
    const moving = moveNamespace(contextOf({ cluster, timeout: 1_000 }), moveOf('shop', 1));
    await expect(moving).rejects.toMatchObject({
      code: 'WorkloadUnhealthy',
      retryable: true,
      message: expect.stringContaining(`would start there with a proxy of revision ${oldRevision}`),
    });
    expect(writes).toEqual([]);
  });

  describe('after its tag has moved', () => {
    let before: Record<string, number | undefined>;
    let moved: MovedNamespace;
    let floors: GuardReport;
    let requests: number;

    beforeAll(async () => {
      await moveTag(story.cluster, second, 'prod');
      before = await generations('shop');
      const guard = await guardFloors(story.cluster, await listWorkloads(story.cluster, 'shop'));

      const stop = new AbortController();
      const { cluster } = counting(story.cluster, (count) => {
        if (count === 2) stop.abort(new Error('the runner was stopped'));
      });
      const aborted = moveNamespace(contextOf({ cluster, signal: stop.signal }), moveOf('shop', 1));
      await expect(aborted).rejects.toThrow('the runner was stopped');

      const again = counting(story.cluster);
      moved = await moveNamespace(contextOf({ cluster: again.cluster }), moveOf('shop', 2));
      requests = again.requests();
      floors = await guard.stop();
    });

    test('gives every workload new pods, those that an aborted run has begun as well', async () => {
      expect(moved.workloads).toBe(4);
      expect(await revisions('shop')).toEqual({
        web: [newRevision],
        store: [newRevision],
        agent: [newRevision],
        paused: [oldRevision],
        outside: ['none'],
        debug: [oldRevision],
        report: [oldRevision],
      });
      const shop = (await proxySources(embedded, { context: 'dev' }).proxies.connected(newRevision)).filter(
        ({ namespace }) => namespace === 'shop',
      );
      expect(shop.length).toBe(8);
      expect(shop.filter(({ synced }) => !synced)).toEqual([]);
    });

    test('restarts each of them once', async () => {
      const after = await generations('shop');
      expect(after).toEqual({
        ...before,
        web: (before.web ?? 0) + 1,
        store: (before.store ?? 0) + 1,
        agent: (before.agent ?? 0) + 1,
      });
      const marked = (await listWorkloads(story.cluster, 'shop')).filter((object) => restartOf(object) === restart);
      expect(marked.map(({ metadata }) => metadata.name).sort()).toEqual(['agent', 'store', 'web']);
    });

    test('keeps every workload above its floor', () => {
      expect(floors.breaches).toEqual([]);
      expect(floors.least).toMatchObject({
        'Deployment shop/web': 3,
        'StatefulSet shop/store': 1,
        'DaemonSet shop/agent': 2,
        'Deployment shop/paused': 1,
        'Deployment shop/outside': 1,
      });
    });

    test('lists what its owners must see to', () => {
      expect(moved.skipped).toEqual([
        expect.objectContaining({ object: 'Deployment shop/outside', holdsOldRevision: false }),
        expect.objectContaining({ object: 'Deployment shop/paused', reason: 'it is paused', holdsOldRevision: true }),
        expect.objectContaining({ object: 'Pod shop/debug', cure: 'delete it and create it again' }),
        expect.objectContaining({ object: 'Job shop/report', cure: expect.stringContaining('let it end') }),
      ]);
    });

    test('asks the API server a few times for each workload', () => {
      expect(requests).toBeLessThanOrEqual(3 * 4 + 12);
    });

    test('writes nothing when it is moved again', async () => {
      const { cluster, writes } = counting(story.cluster);
      expect(await moveNamespace(contextOf({ cluster }), moveOf('shop', 2))).toEqual(moved);
      expect(writes).toEqual([]);
    });
  });

  test('stops at a workload whose new pods have no place, says so, and goes on once they have', async () => {
    await moveTag(story.cluster, second, 'prod-canary');
    const before = await generations('payments');
    await applyAsIs(story.cluster, node(undefined), 'somebody');
    const context = contextOf({ timeout: 8_000 });
    await expect(moveNamespace(context, moveOf('payments', 1))).rejects.toMatchObject({
      code: 'WorkloadUnhealthy',
      message: expect.stringMatching(
        /^Deployment payments\/first .*PodScheduled: .* 1 more of the namespace are not begun/,
      ),
    });
    expect(await generations('payments')).toEqual({ ...before, first: (before.first ?? 0) + 1 });
    expect((await revisions('payments')).second).toEqual([oldRevision]);

    await applyAsIs(story.cluster, node('worker'), 'somebody');
    expect(await moveNamespace(contextOf(), moveOf('payments', 1))).toEqual({ workloads: 2, skipped: [] });
    expect(await revisions('payments')).toEqual({ first: [newRevision], second: [newRevision] });
  });

  test('has an Argo Rollout replace its pods', async () => {
    const { cluster } = story;
    const before = (await cluster.list(pods, { namespace: 'argo' })).items;
    expect(before.map(proxyRevision)).toEqual([oldRevision]);
    const moving = moveNamespace(contextOf(), moveOf('argo', 1));
    const restarted = await until('the Rollout is restarted', async () => {
      const live = await read(cluster, rolloutId);
      return restartOf(live) === restart && live;
    });
    // What the controller of Argo Rollouts does then.
    for (const pod of before) await cluster.delete(objectId(pod), pod.metadata.uid ?? '');
    const { restartAt } = restarted.spec as { restartAt: string };
    await cluster.applyStatus(rollout({ phase: 'Healthy', restartedAt: restartAt }), { fieldManager: 'argo' });
    expect(await moving).toEqual({ workloads: 1, skipped: [] });
    expect(await revisions('argo')).toEqual({ ro: [newRevision] });
  });

  test('does not make a workload anew that is gone, nor restart another one of its name', async () => {
    const context = contextOf();
    const gone = workload('Deployment', 'gone', 'shop');
    const object = { ...gone, metadata: { ...gone.metadata, uid: '00000000-0000-4000-8000-000000000000' } };
    expect(await restartWorkload(context, { object, pods: [] }, restart)).toEqual({ kind: 'gone' });
    expect(await story.cluster.get(objectId(object))).toBeUndefined();
    const other = { ...object, metadata: { ...object.metadata, name: 'asleep' } };
    expect(await restartWorkload(context, { object: other, pods: [] }, restart)).toEqual({ kind: 'gone' });
  });

  test('brings a namespace with other labels to its tag, and puts them back', async () => {
    const labels = { 'istio-injection': 'enabled', team: 'legacy' };
    await deploy({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'legacy', labels } });
    const id = { apiVersion: 'v1', kind: 'Namespace', name: 'legacy' };
    const target = { namespace: 'legacy', tag: 'prod', label: 'managed' } as const;
    const announced: unknown[] = [];
    const changed = await bringToTag(contextOf(), {
      ...target,
      announce: async (before) => {
        announced.push(before);
        expect((await read(story.cluster, id)).metadata.labels).toMatchObject(labels);
      },
    });
    expect(changed).toEqual({ 'istio-injection': 'enabled', 'istio.io/rev': null });
    expect(announced).toEqual([changed]);
    const now = (await read(story.cluster, id)).metadata.labels;
    expect(now).toMatchObject({ 'istio.io/rev': 'prod', team: 'legacy' });
    expect(now).not.toHaveProperty('istio-injection');
    expect(await bringToTag(contextOf(), target)).toBeUndefined();

    await restoreLabels(contextOf(), 'legacy', changed ?? {});
    const restored = (await read(story.cluster, id)).metadata.labels;
    expect(restored).toMatchObject(labels);
    expect(restored).not.toHaveProperty('istio.io/rev');
  });
});

function moveOf(namespace: string, batch: number) {
  return { namespace, revision: newRevision, restart, batch };
}

function shopWorkloads(): KubernetesObject[] {
  const metadata = (name: string) => ({ name, namespace: 'shop' });
  return [
    workload('Deployment', 'web', 'shop', { spec: { replicas: 3 } }),
    workload('StatefulSet', 'store', 'shop', { spec: { replicas: 2 } }),
    workload('DaemonSet', 'agent', 'shop'),
    workload('Deployment', 'asleep', 'shop', { spec: { replicas: 0 } }),
    pausable(false),
    workload('Deployment', 'outside', 'shop', { labels: { 'sidecar.istio.io/inject': 'false' } }),
    { apiVersion: 'v1', kind: 'Pod', metadata: metadata('debug'), spec: podSpec() },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata('report'),
      spec: {
        template: {
          metadata: { labels: { app: 'report' } },
          // Has its proxy already, and waits for a node.
          spec: podSpec({ restartPolicy: 'Never', nodeSelector: { 'example.com/pool': 'reports' } }),
        },
      },
    },
  ];
}

function pausable(paused: boolean): KubernetesObject {
  return workload('Deployment', 'paused', 'shop', { spec: { replicas: 1, paused } });
}

const rolloutId = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', namespace: 'argo', name: 'ro' };
const rolloutLabels = { app: 'ro', 'rollouts-pod-template-hash': 'abc' };

function rollout(status?: Record<string, unknown>): KubernetesObject {
  const { name, namespace, ...type } = rolloutId;
  const template = { metadata: { labels: { app: 'ro' } }, spec: podSpec() };
  const spec = { replicas: 1, selector: { matchLabels: { app: 'ro' } }, template };
  return { ...type, metadata: { name, namespace }, ...(status ? { status } : { spec }) };
}

/** What Argo's controller would have made. */
function replicaSetOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace = '', uid } = metadata;
  const object = workload('ReplicaSet', `${name}-abc`, namespace, { labels: rolloutLabels });
  const spec = { ...(object.spec as object), replicas: 1, selector: { matchLabels: rolloutLabels } };
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  return { ...object, metadata: { ...object.metadata, ownerReferences }, spec };
}

/** As much of Argo's definition as matters: any field, and a status of its own. */
function rolloutDefinition(): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.argoproj.io' },
    spec: {
      group: 'argoproj.io',
      names: { kind: 'Rollout', plural: 'rollouts' },
      scope: 'Namespaced',
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}

function paymentsWorkloads(): KubernetesObject[] {
  return [
    workload('Deployment', 'first', 'payments', { podSpec: { nodeSelector: { 'example.com/pool': 'worker' } } }),
    workload('Deployment', 'second', 'payments'),
  ];
}

function node(pool: string | undefined): KubernetesObject {
  const labels = pool === undefined ? {} : { 'example.com/pool': pool };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-0', labels } };
}

/** The cluster with its writes and the number of its requests. */
function counting(cluster: Cluster, onWrite: (count: number) => void = () => undefined) {
  const writes: string[] = [];
  let requests = 0;
  const watched = watchedCluster(cluster, ({ object }) => {
    writes.push(object);
    onWrite(writes.length);
  });
  const counted: Cluster = {
    ...watched,
    get: (id) => {
      requests += 1;
      return watched.get(id);
    },
    list: (type, options) => {
      requests += 1;
      return watched.list(type, options);
    },
    apply: (object, options) => {
      requests += 1;
      return watched.apply(object, options);
    },
    watch: (type, options, signal) => {
      requests += 1;
      return watched.watch(type, options, signal);
    },
  };
  return { cluster: counted, writes, requests: () => requests };
}
