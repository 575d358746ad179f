import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { trafficJob } from '../../src/probe/traffic-job.ts';
import { sampleObjects } from '../../src/rehearsal/sample/sample-objects.ts';
import { sampleNamespaces } from '../../src/rehearsal/sample/sample-options.ts';
import { probeInjector } from '../../src/upgrade/injection/probe-injector.ts';
import { renderMesh, writeMesh } from '../support/acme.ts';
import { deliverTo } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { gateway, gatewayApiDefinitions, gatewayState } from '../support/gateway-api.ts';
import { environments } from '../support/story.ts';
import { until } from '../support/until.ts';
import { applyAsTeam, revisions, teamDeployment, upgradeTo } from '../support/upgrade.ts';

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const meshed = ['istio-system', 'istio-config', 'istio-gateways', 'payments', 'shop'];
const strict = [...meshed, 'edge', ...Object.values(sampleNamespaces)];
const options = { timeout: 60_000, clock: systemClock, signal: new AbortController().signal };

const namespace = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: restricted },
});

/** Every namespace refuses what does not meet the strictest level of Pod Security, before anything is promoted. */
describe('a mesh in namespaces that enforce Pod Security at level restricted', () => {
  let embedded: Embedded;
  let cluster: Cluster;

  /** Acme with gateways of every class. */
  async function render(revision: string): Promise<Bundle> {
    const edit = (text: string) =>
      text
        .replace('version: 1.31.0', `version: 1.31.0\n  revision: ${revision}`)
        .replace('controlPlane:', 'controlPlane:\n  network: n1')
        .replace('gateways:', 'gatewayApi: { tag: prod-edge }\ngateways:\n  - { name: eastwest, class: eastwest }');
    const files = { 'config/root/ingress-server-header.yaml': null };
    return renderMesh(await writeMesh(`${embedded.home}/mesh`, { environments, edit, files }), embedded);
  }

  const promote = async (bundle: Bundle) =>
    (await deliverTo(cluster, 'dev').promote(bundle, { timeout: options.timeout })).outcome;
  const podsOf = async (namespace: string, labelSelector: string) =>
    (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector })).items as unknown as Pod[];
  /** Why the pods of a Deployment were not created. */
  const refusalOf = async (name: string, namespace: string) => {
    const sets = await cluster.list(
      { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
      { namespace, labelSelector: `app=${name}` },
    );
    const conditions = sets.items.flatMap(({ status }) => (status as { conditions?: Condition[] }).conditions ?? []);
    return conditions.find(({ type }) => type === 'ReplicaFailure')?.message;
  };
  const sample = sampleObjects({
    image: 'registry.example/sample:1',
    pullPolicy: 'IfNotPresent',
    labels: { front: { 'istio.io/rev': 'prod-canary' }, back: { 'istio.io/rev': 'prod' } },
    rate: 1,
  });

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    cluster = embedded.cluster('dev');
    await waitReady(cluster, await applyAsTeam(cluster, await gatewayApiDefinitions()), options);
    await applyAsTeam(cluster, strict.map(namespace));
  });

  afterAll(() => embedded?.stop());

  test('is one in which a pod that asks for nothing is refused', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'lax', namespace: 'istio-gateways' } };
    const asked = cluster.create({ ...pod, spec: { containers: [{ name: 'lax', image: 'lax' }] } });
    await expect(asked).rejects.toThrow('violates PodSecurity "restricted:latest"');
  });

  test('gets its control plane and its gateways, which the injector made proxies of', async () => {
    expect(await promote(await render(revisions.old))).toMatchObject({ result: 'promoted' });
    expect(await podsOf('istio-system', 'app=istiod')).toHaveLength(2);
    for (const name of ['ingress', 'egress', 'eastwest']) {
      const pods = await podsOf('istio-gateways', `istio=${name}`);
      expect(pods).toHaveLength(2);
      for (const { spec } of pods) {
        expect(spec.initContainers).toBeUndefined();
        expect(spec.containers.map(({ image }) => image)).toEqual(['docker.io/istio/proxyv2:1.31.0']);
        expect(spec.securityContext).toMatchObject({
          seccompProfile: { type: 'RuntimeDefault' },
          sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
        });
      }
    }
  });

  test('answers when its injector is asked, although a sidecar would be refused', async () => {
    const asked = (revision: string) => probeInjector(cluster, { namespace: 'istio-system', revision });
    expect(await asked(revisions.old)).toBe('injected');
    expect(await asked(revisions.new)).toEqual({ trouble: 'no webhook gave the pod a proxy', conclusive: true });
  });

  test('gets the gateways that istiod makes for the Gateway API', async () => {
    const edge = gateway('edge', 'public', { 'istio.io/rev': 'prod-edge' });
    await applyAsTeam(cluster, [edge]);
    await until('the Gateway is served', async () => {
      const { programmed, revisions: served } = await gatewayState(cluster, objectId(edge));
      return programmed && served.join() === revisions.old;
    });
  });

  test('lets the traffic of a probe run', async () => {
    const source = { target: 'echo', rate: 1, image: 'registry.example/load:1', pullPolicy: 'IfNotPresent' } as const;
    const sources = [{ ...source, command: ['sh'], args: [] }];
    const job = trafficJob({ name: 'probe-1', namespace: 'istio-system', sources, longest: 60 });
    await cluster.create(job);
    await until('the pod of the probe is there', async () => {
      const pods = await podsOf('istio-system', 'istio-delivery/probe=probe-1');
      return pods.length === 1;
    });
  });

  test('refuses sidecars for their init container alone, and takes those that redirect nothing', async () => {
    await applyAsTeam(cluster, sampleNamespacesOf(sample));
    const deployed = await applyAsTeam(cluster, deploymentsOf(sample));
    const outside = deployed.filter(({ metadata }) => metadata.namespace === sampleNamespaces.outside);
    await waitReady(cluster, outside, options);
    const reason = await until('the pod is refused', () => refusalOf('front', sampleNamespaces.front));
    expect(reason).toMatch(/violates PodSecurity .*container "istio-init" must not include "NET_ADMIN", "NET_RAW"/);
    expect(reason).not.toMatch(/"(sample|istio-proxy)"/);

    await waitReady(cluster, await applyAsTeam(cluster, deploymentsOf(sample).map(redirectsNothing)), options);
    const [pod] = await podsOf(sampleNamespaces.front, 'app=front');
    const { containers = [], initContainers = [] } = pod?.spec ?? {};
    expect([...initContainers, ...containers].map(({ name }) => name).sort()).toEqual(['istio-proxy', 'sample']);
  });

  test('moves to another revision', async () => {
    const web = teamDeployment('payments', 'web');
    const { template } = web.spec as { template: { spec: object } };
    Object.assign(template.spec, hardened);
    await waitReady(cluster, await applyAsTeam(cluster, [redirectsNothing(web)]), options);
    const upgrade = upgradeTo(embedded, await render(revisions.new));
    expect(await upgrade.run('start')).toMatchObject({ result: 'upgraded' });
    const [pod] = await podsOf('payments', 'app=web');
    expect(pod?.metadata.annotations?.['istio.io/rev']).toBe(revisions.new);
  });
});

interface Condition {
  type: string;
  message: string;
}

interface Pod {
  metadata: { annotations?: Record<string, string> };
  spec: {
    securityContext?: object;
    containers: { name: string; image: string }[];
    initContainers?: { name: string }[];
  };
}

/** What a team says of its pods in such a namespace. */
const hardened = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'web',
      image: 'registry.example/web:1',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

function sampleNamespacesOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
  return namespaces.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, labels: { ...metadata.labels, ...restricted } },
  }));
}

function deploymentsOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kind === 'Deployment');
}

/** A Deployment whose sidecars get no traffic but what is sent to them: they have no init container. */
function redirectsNothing(object: KubernetesObject): KubernetesObject {
  const copy = structuredClone(object);
  const { template } = copy.spec as { template: { metadata: { annotations?: Record<string, string> } } };
  template.metadata.annotations = { ...template.metadata.annotations, 'sidecar.istio.io/interceptionMode': 'NONE' };
  return copy;
}
