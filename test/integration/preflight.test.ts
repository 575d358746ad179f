import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readiness } from '../../src/apply/readiness.ts';
import type { StoredBundle } from '../../src/apply/stored-bundle.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import type { ProxyDirectory } from '../../src/ports/proxies.ts';
import { probeInjector } from '../../src/upgrade/injection/probe-injector.ts';
import { gatherFacts } from '../../src/upgrade/preflight/gather-facts.ts';
import {
  blocks,
  findingLines,
  type PreflightFinding,
  preflightFindings,
} from '../../src/upgrade/preflight/preflight.ts';
import { renderMesh, writeMesh } from '../support/acme.ts';
import { read } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { namespace, object } from '../support/mesh-facts.ts';
import { proxySources } from '../support/proxy-sources.ts';
import { deleteObject, forceFields } from '../support/somebody.ts';
import { beginStory, environments, type Story } from '../support/story.ts';
import { until } from '../support/until.ts';

const example = join(import.meta.dirname, '../../examples/acme');
const controlPlane = 'istio-system';

const filterPath = 'config/root/ingress-server-header.yaml';

/** The example's EnvoyFilter under another name, for another revision. */
function filter(name: string, revision: string): string {
  return readFileSync(join(example, filterPath), 'utf8')
    .replace('header-1-31', name)
    .replace('rev: 1-31-0', `rev: ${revision}`);
}

function storedIn(bundle: Bundle): StoredBundle {
  return { manifest: bundle.manifest, bundle: clusterBundle(bundle, 'dev') };
}

/** A Deployment of three pods with overrides of its spec. */
function web(name: string, spec: Record<string, unknown>, labels: Record<string, string> = {}): KubernetesObject {
  return object('apps/v1', 'Deployment', name, {
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { containers: [{ name: 'app', image: 'app:1' }], ...(spec['pod'] as object) },
      },
      ...Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'pod')),
    },
  });
}

describe('the preflight of an upgrade in a cluster', () => {
  let embedded: Embedded;
  let story: Story;
  let cluster: Cluster;
  let proxies: ProxyDirectory;
  let next: Bundle;
  /** As `next`, but its EnvoyFilter is bound to the revision that goes, as before. */
  let forgetful: Bundle;

  const findings = async (bundle = next): Promise<PreflightFinding[]> =>
    preflightFindings(
      await gatherFacts(
        { cluster, proxies, policy: bundle.manifest.upgrade, namespace: controlPlane },
        { old: storedIn(story.bundle), new: storedIn(bundle) },
      ),
    );

  const create = async (content: KubernetesObject, where?: string): Promise<ObjectId> => {
    const metadata = { ...content.metadata, ...(where === undefined ? {} : { namespace: where }) };
    const created = await cluster.create({ ...content, metadata });
    if (!created.created) throw new Error(`${content.metadata.name} is there already`);
    return objectId(created.object);
  };

  const ready = (id: ObjectId) =>
    until(`${id.kind} ${id.name} is ready`, async () => readiness(await read(cluster, id)).kind === 'ready');

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginStory(embedded);
    cluster = story.cluster;
    proxies = proxySources(embedded, { context: 'dev' }).proxies;
    const edit = (text: string) => text.replace('version: 1.31.0', 'version: 1.31.0\n  revision: 1-31-0-b');
    const files = { [filterPath]: filter('header-1-31-b', '1-31-0-b') };
    next = await renderMesh(await writeMesh(join(embedded.home, 'next'), { environments, edit, files }), embedded);
    const unchanged = await writeMesh(join(embedded.home, 'unchanged'), { environments, edit });
    forgetful = await renderMesh(unchanged, embedded);
    expect((await story.delivery.promote(story.bundle)).outcome).toMatchObject({ result: 'promoted' });
    for (const name of ['shop', 'payments']) {
      for (const document of parseYaml(await readFile(join(example, 'workloads', `${name}.yaml`), 'utf8'), name)) {
        const id = await create(document as KubernetesObject);
        if (id.kind === 'Deployment') await ready(id);
      }
    }
  });

  afterAll(() => embedded?.stop());

  test('lets a clean mesh pass, and says what there is to know', async () => {
    const found = await findings();
    expect(findingLines(found)).toEqual([expect.stringMatching(/^note one-build: both revisions run Istio 1\.31\.0/)]);
    expect(blocks(found)).toBe(false);
  });

  test('finds what live configuration of every kind is bound to the source revision, to a tag, or to nothing', async () => {
    const bound = (kind: string, name: string, revision: string, spec: Record<string, unknown> = {}) =>
      object(kind === 'Telemetry' ? 'telemetry.istio.io/v1' : 'networking.istio.io/v1', kind, name, {
        labels: { 'istio.io/rev': revision },
        spec,
      });
    const destination = { host: 'storefront.shop.svc.cluster.local' };
    const created = [
      await create(bound('DestinationRule', 'teams-own', '1-31-0', destination), 'shop'),
      await create(bound('Telemetry', 'tagged', 'prod-canary'), 'shop'),
      await create(bound('Sidecar', 'stale', '1-29-0'), 'shop'),
    ];
    const lines = (await findings(forgetful)).filter(({ check }) => check === 'config-revision');
    expect(findingLines(lines)).toEqual([
      expect.stringMatching(/^fail .* DestinationRule shop\/teams-own: only revision 1-31-0 reads it: what moves to/),
      expect.stringMatching(
        /^fail .* EnvoyFilter istio-config\/ingress-server-header-1-31: only revision 1-31-0 reads/,
      ),
      expect.stringMatching(
        /^warn .* Telemetry shop\/tagged: it is labelled with the tag "prod-canary", .*nobody validates/,
      ),
      expect.stringMatching(/^note .* Sidecar shop\/stale: it is for revision "1-29-0", which is not in this cluster/),
    ]);
    expect(blocks(lines)).toBe(true);
    for (const id of created) await deleteObject(cluster, id);
  });

  test('writes nothing to the cluster', async () => {
    const types = ['Pod', 'ConfigMap'].map((kind) => ({ apiVersion: 'v1', kind }));
    const names = async () => {
      const lists = await Promise.all(types.map((type) => cluster.list(type, { namespace: controlPlane })));
      return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name)).sort();
    };
    const before = await names();
    await findings();
    expect(await names()).toEqual(before);
  });

  describe('asks an injector', () => {
    const probe = (revision: string, where = controlPlane) => probeInjector(cluster, { namespace: where, revision });

    test('that answers', async () => {
      expect(await probe('1-31-0')).toBe('injected');
    });

    test('that does not exist', async () => {
      expect(await probe('1-31-0-b')).toEqual({ trouble: 'no webhook gave the pod a proxy', conclusive: true });
    });

    test('whose Service does not exist', async () => {
      const live = await read(cluster, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        name: 'istio-sidecar-injector-1-31-0',
      });
      const { apiVersion, kind } = live;
      const text = JSON.stringify(live.webhooks).replaceAll('1-31-0', 'ghost');
      const id = await create({
        apiVersion,
        kind,
        metadata: { name: 'istio-sidecar-injector-ghost' },
        webhooks: JSON.parse(text),
      });
      const answer = await until('the webhook is asked', async () => {
        const answer = await probe('ghost');
        return answer !== 'injected' && answer.trouble.includes('failed calling webhook') && answer;
      });
      expect(answer).toEqual({
        trouble: expect.stringContaining('service "istiod-ghost" not found'),
        conclusive: true,
      });
      await cluster.delete(id, (await read(cluster, id)).metadata.uid ?? '');
    });

    test('that answers, in a namespace whose Pod Security refuses sidecars', async () => {
      await create(namespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' }));
      expect(await probe('1-31-0', 'strict')).toBe('injected');
      expect(await probe('1-31-0-b', 'strict')).toEqual({
        trouble: 'no webhook gave the pod a proxy',
        conclusive: true,
      });
    });

    test('in a namespace that keeps the pod from it, or refuses the pod, and concludes nothing', async () => {
      await create(namespace('labelled', { 'istio-injection': 'disabled' }));
      expect(await probe('1-31-0', 'labelled')).toEqual({
        trouble: 'namespace labelled has the label istio-injection, which keeps the pod from the webhook',
        conclusive: false,
      });
      await create(namespace('full'));
      await create(object('v1', 'ResourceQuota', 'none', { spec: { hard: { pods: '0' } } }), 'full');
      const full = await until('the quota counts', async () => {
        const answer = await probe('1-31-0', 'full');
        return answer !== 'injected' && answer;
      });
      expect(full).toEqual({ trouble: expect.stringContaining('exceeded quota'), conclusive: false });
      expect(await probe('1-31-0', 'nowhere')).toEqual({
        trouble: 'namespace nowhere does not exist',
        conclusive: false,
      });
    });
  });

  test('names every trouble that it finds', async () => {
    const unavailable = { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } };
    const deployments = [
      web('basket', unavailable),
      web('cart', { strategy: { type: 'Recreate' } }),
      web('pinned', {}, { 'istio.io/rev': '1-31-0' }),
    ];
    for (const deployment of deployments) await ready(await create(deployment, 'shop'));
    await create(web('stuck', { pod: { nodeSelector: { 'example.com/no': 'node' } } }), 'payments');
    const selector = { matchLabels: { app: 'basket' } };
    await create(object('policy/v1', 'PodDisruptionBudget', 'shop/basket', { spec: { minAvailable: 3, selector } }));
    await create(namespace('forgotten', { 'istio-injection': 'enabled' }));
    await create(
      object('v1', 'ConfigMap', `${controlPlane}/istio-1-31-0-b`, { labels: { 'istio.io/rev': '1-31-0-b' } }),
    );
    const istiod = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: controlPlane, name: 'istiod-1-31-0' };
    await forceFields(cluster, istiod, { spec: { revisionHistoryLimit: 3 } });
    const shop = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: shop.name, labels: { 'istio-injection': 'enabled' } } },
      { fieldManager: 'somebody', dryRun: false, force: false },
    );
    await create(routeDefinition);
    await until('the API server serves TCPRoutes', async () => {
      await create(object('gateway.networking.k8s.io/v1alpha2', 'TCPRoute', 'shop/database'));
      return true;
    });

    const found = await until('the troubled workloads have their pods', async () => {
      const found = await findings();
      return found.some(({ object }) => object === 'Deployment payments/stuck') && found;
    });
    expect(blocks(found)).toBe(true);
    const named = found.map(({ check, level, object = '', reason }) => `${level} ${check} ${object}: ${reason}`);
    expect(named.sort()).toEqual([
      expect.stringMatching(/^fail foreign-owner Deployment istio-system\/istiod-1-31-0: "somebody" owns fields/),
      expect.stringMatching(/^fail gateway-api-bounds \S+ tcproutes\.\S+: .* v1\.5\.1, so 1 of them are ignored/),
      expect.stringMatching(
        /^fail leftovers ConfigMap istio-system\/istio-1-31-0-b: it is of revision 1-31-0-b already/,
      ),
      expect.stringMatching(/^fail pinned-template Deployment shop\/pinned: its template pins revision 1-31-0/),
      expect.stringMatching(/^fail recreate Deployment shop\/cart: /),
      expect.stringMatching(/^fail rollout-floor Deployment shop\/basket: its rollout may leave 2 of 3 pods/),
      expect.stringMatching(/^fail unassigned-namespace Namespace forgotten: .*istio-injection=enabled/),
      expect.stringMatching(/^fail workload-unready Deployment payments\/stuck: .*0 of 3 replicas ready/),
      expect.stringMatching(/^note injection-label Namespace shop: .*brought to tag "prod"/),
      expect.stringMatching(/^note one-build : /),
    ]);
  });
});

/** The TCPRoutes of a Gateway API that is too old for Istio 1.31. */
const routeDefinition = object(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'tcproutes.gateway.networking.k8s.io',
  {
    metadata: {
      annotations: {
        'gateway.networking.k8s.io/bundle-version': 'v1.5.1',
        'api-approved.kubernetes.io': 'unapproved, for a test',
      },
    },
    spec: {
      group: 'gateway.networking.k8s.io',
      scope: 'Namespaced',
      names: { kind: 'TCPRoute', plural: 'tcproutes', singular: 'tcproute', listKind: 'TCPRouteList' },
      versions: [
        {
          name: 'v1alpha2',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  },
);
