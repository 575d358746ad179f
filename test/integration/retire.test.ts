import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { StoredBundle } from '../../src/apply/stored-bundle.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import { writeInventory } from '../../src/apply/write-state.ts';
import type { Bundle, Stage } from '../../src/bundle/bundle.ts';
import { DeliveryError } from '../../src/errors.ts';
import { type InventoryEntry, readInventory } from '../../src/plan/cluster-state.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId, objectKey } from '../../src/ports/objects.ts';
import { danglingReferences } from '../../src/upgrade/retirement/dangling.ts';
import { retireRevision } from '../../src/upgrade/retirement/retire.ts';
import { retiredObjects } from '../../src/upgrade/retirement/retired-objects.ts';
import type { UpgradeContext } from '../../src/upgrade/upgrade-context.ts';
import { proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { renderMesh, writeMesh } from '../support/acme.ts';
import { read, settledVersions, silent } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { held } from '../support/held.ts';
import { istioctlProxies } from '../support/proxy-directory.ts';
import { deleteObject, patchWithKubectl } from '../support/somebody.ts';
import { beginStory, environments, type Story } from '../support/story.ts';
import { until } from '../support/until.ts';

const namespace = 'istio-system';
const [older, newer] = ['1-31-0', '1-31-0-b'];
const workloads: ObjectId[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'storefront' },
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'payments' },
];

/** One cluster from its first promotion on: every test finds it as the ones before have left it. */
describe('retiring a revision', () => {
  let embedded: Embedded;
  let story: Story;
  let next: Bundle;
  let context: UpgradeContext;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginStory(embedded);
    const edit = (text: string) => text.replace('version: 1.31.0', `version: 1.31.0\n  revision: ${newer}`);
    next = await renderMesh(await writeMesh(join(embedded.home, 'acme-b'), { environments, edit }), embedded);
    context = {
      cluster: story.cluster,
      proxies: istioctlProxies(embedded, 'dev'),
      policy: next.manifest.upgrade,
      namespace,
      timeout: 60_000,
      clock: systemClock,
      reporter: silent,
      signal: new AbortController().signal,
    };
    expect((await story.delivery.promote(story.bundle)).outcome).toMatchObject({ result: 'promoted' });
    await kubectl('apply', '--filename', join(import.meta.dirname, '../../examples/acme/workloads'));
    await waitReady(story.cluster, await Promise.all(workloads.map((id) => read(story.cluster, id))), context);
    await bring('revision', 'gateways');
  });

  afterAll(() => embedded?.stop());

  const stored = (bundle: Bundle): StoredBundle => ({
    manifest: bundle.manifest,
    bundle: clusterBundle(bundle, 'dev'),
  });
  const finish = (own = context) => retireRevision(own, { leaving: stored(story.bundle), staying: stored(next) });
  const rollBack = () => retireRevision(context, { leaving: stored(next), staying: stored(story.bundle) });
  const idsOnlyIn = (leaving: Bundle, staying: Bundle) =>
    retiredObjects(clusterBundle(leaving, 'dev'), clusterBundle(staying, 'dev')).flatMap(({ ids }) => ids);

  async function kubectl(...args: string[]): Promise<string> {
    const env = { ...embedded.environment, HOME: embedded.home };
    const run = await promisify(execFile)(embedded.tool('kubectl'), ['--context', 'dev', ...args], {
      env,
      maxBuffer: 1 << 26,
    });
    return run.stdout;
  }

  function objectsOf(bundle: Bundle, ...stages: Stage[]): { stage: Stage; object: KubernetesObject }[] {
    return clusterBundle(bundle, 'dev').stages.flatMap(({ stage, objects }) =>
      stages.includes(stage) ? objects.map((object) => ({ stage, object })) : [],
    );
  }

  async function apply(objects: KubernetesObject[]): Promise<KubernetesObject[]> {
    return Promise.all(
      objects.map(async (object) => {
        const options = { fieldManager: 'istio-delivery', dryRun: false, force: true };
        const result = await story.cluster.apply(object, options);
        return result.kind === 'applied' ? result.object : expect.fail(JSON.stringify(result));
      }),
    );
  }

  /** Stages of the second revision beside the first, in the inventory like everything else. */
  async function bring(...stages: Stage[]): Promise<void> {
    const coming = objectsOf(next, ...stages);
    const live = await apply(coming.map(({ object }) => object));
    await waitReady(story.cluster, live, context);
    const entries = coming.map(({ stage }, index): InventoryEntry => {
      const object = live[index] ?? expect.fail('not applied');
      return { id: objectId(object), stage, uid: object.metadata.uid ?? '' };
    });
    const ids = new Set(entries.map(({ id }) => objectKey(id)));
    const others = (await readInventory(story.cluster, namespace)).filter(({ id }) => !ids.has(objectKey(id)));
    await writeInventory(held(story.cluster), namespace, [...others, ...entries]);
  }

  /** Moves the routing to a bundle's revision, but for the objects of one tag. */
  async function route(bundle: Bundle, exceptTag?: string): Promise<void> {
    const objects = objectsOf(bundle, 'routing').map(({ object }) => object);
    await apply(
      objects.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.labels?.['istio.io/tag'] !== exceptTag),
    );
  }

  async function restart(workload: ObjectId, revision: string): Promise<void> {
    const before = new Set((await podsIn(workload.namespace)).map(({ metadata }) => metadata.uid));
    const template = { metadata: { annotations: { 'example.com/restarted': new Date().toISOString() } } };
    await patchWithKubectl(embedded, workload, { spec: { template } });
    await until(`${formatObjectId(workload)} runs with ${revision}`, async () => {
      const pods = await podsIn(workload.namespace);
      return pods.every((pod) => !before.has(pod.metadata.uid) && proxyRevision(pod) === revision);
    });
  }

  /** The cluster with a pod in it that is ending, and still connected to the older istiod, for so many looks. */
  function withEndingPod(looks: number): UpgradeContext {
    const { cluster, proxies } = context;
    const metadata = { namespace: 'shop', name: 'ending', deletionTimestamp: '2026-01-01T00:00:00Z' };
    let left = looks;
    return {
      ...context,
      cluster: {
        ...cluster,
        async list(type, options) {
          const found = await cluster.list(type, options);
          if (type.kind !== 'Pod' || left <= 0) return found;
          return { ...found, items: [...found.items, { ...type, metadata }] };
        },
      },
      proxies: {
        async connected(revision) {
          const found = await proxies.connected(revision);
          left -= 1;
          if (left < 0 || revision !== older) return found;
          return [...found, { namespace: 'shop', pod: 'ending', version: '1.31.0', synced: true }];
        },
      },
    };
  }

  async function podsIn(namespace = ''): Promise<KubernetesObject[]> {
    return (await story.cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })).items;
  }

  /** Every object of any kind that has to do with the revision, as kubectl shows it. */
  async function leftOf(revision: string): Promise<string[]> {
    const kinds =
      'pods,deployments,replicasets,services,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,hpa,pdb,mutatingwebhookconfigurations,validatingwebhookconfigurations,namespaces';
    const { items } = JSON.parse(await kubectl('get', kinds, '--all-namespaces', '--output', 'json')) as {
      items: KubernetesObject[];
    };
    const named = new RegExp(`-${revision}(?!-b)([-.]|$)`);
    const pointing = new RegExp(`"(istiod-)?${revision}"`);
    return items
      .filter(({ kind, metadata, spec, webhooks }) => {
        if (kind === 'ConfigMap' && metadata.name.startsWith('istio-delivery-')) return false;
        const { labels, annotations = {} } = metadata;
        const own = annotations['istio.io/rev'];
        return named.test(metadata.name) || pointing.test(JSON.stringify([labels, own, spec, webhooks]));
      })
      .map((object) => formatObjectId(objectId(object)));
  }

  test('refuses while the revision serves, and says what does', async () => {
    const error = await finish().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RevisionInUse', kind: 'refused' });
    const { message } = error as Error;
    expect(message).toContain(`revision ${older} of cluster dev cannot be retired, it is in use`);
    expect(message).toContain('tag prod points at revision 1-31-0 (point it at a revision that stays)');
    expect(message).toContain('Service istio-gateways/ingress selects pods of revision 1-31-0');
    expect(message).toContain('ValidatingWebhookConfiguration istiod-default-validator calls the istiod');
    expect(message).toContain('Namespace shop is labelled with tag prod, which points at revision 1-31-0');
    expect(message).toContain('Deployment shop/storefront has 3 pods with a proxy of revision 1-31-0 (restart it)');
    expect(message).not.toContain('ingress-1-31-0');
  });

  test('refuses while an istiod runs that cannot be asked about its proxies', async () => {
    const unavailable = new DeliveryError('no answer', { code: 'ProxyStatusUnavailable', retryable: true });
    const proxies = { connected: () => Promise.reject(unavailable) };
    const sides = { leaving: stored(next), staying: stored(story.bundle) };
    await expect(retireRevision({ ...context, proxies }, sides)).rejects.toThrow(
      'in use (1): istiod of revision 1-31-0-b does not say which proxies are connected to it: no answer',
    );
  });

  test('takes the newer revision away again where nothing has moved to it', async () => {
    const { cluster, bundle } = story;
    const before = await settledVersions(cluster, bundle);
    const ours = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `values-${newer}` };
    const content = await read(cluster, ours);
    await deleteObject(cluster, ours);
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ours.name, namespace, labels: content.metadata.labels ?? {} },
    });

    const kept = await rollBack();
    const going = idsOnlyIn(next, bundle);
    expect(kept).toEqual({
      deleted: going.length - 1,
      left: [`ConfigMap istio-system/values-${newer}: somebody deleted it and created it again`],
    });
    expect(await leftOf(newer)).toEqual([`ConfigMap istio-system/values-${newer}`]);
    expect(await danglingReferences(context)).toEqual([
      `ConfigMap istio-system/values-${newer} belongs to revision ${newer}, which has no istiod; delete it`,
    ]);
    await deleteObject(cluster, ours);
    expect(await rollBack()).toEqual({ deleted: 0, left: [] });
    expect(await settledVersions(cluster, bundle)).toEqual(before);
  });

  test('deletes nothing that the approved plan does not delete', async () => {
    await bring('revision', 'gateways');
    const values = `values-${newer}`;
    const approved = idsOnlyIn(next, story.bundle)
      .filter(({ name }) => name !== values)
      .map((id) => ({ action: 'delete', id, uid: '', before: {} }) as const);
    const sides = { leaving: stored(next), staying: stored(story.bundle) };
    expect(await retireRevision(context, { ...sides, approved })).toEqual({
      deleted: approved.length,
      left: [`ConfigMap istio-system/${values}: the approved plan does not delete it`],
    });
    expect(await leftOf(newer)).toEqual([`ConfigMap istio-system/${values}`]);
    await deleteObject(story.cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: values });
  });

  test('refuses while a tag points there, and while one proxy is left', async () => {
    await bring('revision', 'gateways');
    await route(next, 'prod-canary');
    await restart(workloads[0] ?? expect.fail('no workload'), newer);
    await expect(finish()).rejects.toThrow(
      /in use \(3\): tag prod-canary points at .*; Namespace payments is labelled .*; Deployment payments\/payments has 2 pods/,
    );
    await route(next);
    await expect(finish()).rejects.toThrow(/in use \(1\): Deployment payments\/payments has 2 pods with a proxy/);
    for (const id of idsOnlyIn(story.bundle, next)) expect(await story.cluster.get(id)).toBeDefined();
  });

  test('deletes what the older bundle alone has, and nothing else', async () => {
    const { cluster, bundle } = story;
    await restart(workloads[1] ?? expect.fail('no workload'), newer);
    const going = idsOnlyIn(bundle, next);
    const before = await settledVersions(cluster, next);
    // What is ending is connected until it is gone: waited for, as long as anything may take.
    const stuck = { ...withEndingPod(Number.POSITIVE_INFINITY), timeout: 2_000 };
    await until('only the pod that is ending is left', async () => {
      const error = await finish(stuck).catch((thrown: Error) => thrown);
      return String(error).includes('in use (1): Pod shop/ending is ending, and still connected to the istiod');
    });
    expect(await finish(withEndingPod(2))).toEqual({ deleted: going.length, left: [] });
    expect(await leftOf(older)).toEqual([]);
    expect(await danglingReferences(context)).toEqual([]);
    expect(await settledVersions(cluster, next)).toEqual(before);
    expect(await finish()).toEqual({ deleted: 0, left: [] });
  });

  test('leaves a mesh that still injects and still validates', async () => {
    await restart(workloads[0] ?? expect.fail('no workload'), newer);
    const service: KubernetesObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { namespace: 'shop', name: 'bad' },
      spec: { hosts: ['a'], http: [{}] },
    };
    const result = await story.cluster.apply(service, { fieldManager: 'somebody', dryRun: true, force: false });
    expect(result).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('validation.istio.io') });
  });

  test('a control plane deleted by hand leaves webhooks, tags and ConfigMaps that point at nothing: all are named', async () => {
    const name = `istiod-${newer}`;
    await deleteObject(story.cluster, { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
    await deleteObject(story.cluster, { apiVersion: 'v1', kind: 'Service', namespace, name });
    const sentences = await until('its pods are gone', async () => {
      return (await podsIn(namespace)).length === 0 && danglingReferences(context);
    });
    const subjects = sentences.map((sentence) => sentence.split(/ (?=\(|calls|selects|belongs|asks)/)[0]);
    expect(subjects.sort()).toEqual(
      [
        'tag default',
        'tag prod',
        'tag prod-canary',
        `MutatingWebhookConfiguration istio-sidecar-injector-${newer}`,
        `ValidatingWebhookConfiguration istio-validator-${newer}-istio-system`,
        'ValidatingWebhookConfiguration istiod-default-validator',
        'Service istio-system/istiod-revision-tag-default',
        'Service istio-system/istiod-revision-tag-prod',
        'Service istio-system/istiod-revision-tag-prod-canary',
        `ConfigMap istio-system/istio-${newer}`,
        `ConfigMap istio-system/istio-sidecar-injector-${newer}`,
        `ConfigMap istio-system/values-${newer}`,
      ].sort(),
    );
  });
});
