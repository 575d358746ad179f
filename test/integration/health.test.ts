import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessFacts } from '../../src/access/access-facts.ts';
import { grantsOf } from '../../src/access/grants-of.ts';
import { policyRules } from '../../src/access/roles.ts';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import type { HealthPart } from '../../src/mesh/health-policy.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../../src/ports/objects.ts';
import type { ClusterStatus } from '../../src/record/status.ts';
import { writeMesh } from '../support/acme.ts';
import { read } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { deleteObject, patchWithKubectl, replaceObject } from '../support/somebody.ts';
import { until } from '../support/until.ts';
import { applyAsTeam, teamDeployment } from '../support/upgrade.ts';
import { deployReady } from '../support/upgrade-story.ts';

const environments = (gate: string) => `  dev:
    clusters: [{ name: dev, context: dev }]
  production:
    after: [dev]
    clusters: [{ name: prod, context: prod }]
    gate: ${gate}
`;

const istiodDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'istio-system',
  name: 'istiod-1-31-0',
};
const egress = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-gateways', name: 'egress-1-31-0' };
const admission = 'admissionregistration.k8s.io/v1';
const tagProd = { apiVersion: admission, kind: 'MutatingWebhookConfiguration', name: 'istio-revision-tag-prod' };
const validator = { apiVersion: admission, kind: 'ValidatingWebhookConfiguration', name: 'istiod-default-validator' };
const istiodService = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name: 'istiod-1-31-0' };

const withKubeconfig = (path: string | undefined) => (path === undefined ? [] : ['--kubeconfig', path]);

/** A mesh that is healthy; every test breaks something, looks, and mends it. */
describe('the health of a mesh', () => {
  let embedded: Embedded;
  let cluster: Cluster;

  const file = (name: string) => join(embedded.home, name);

  const render = async (name: string, gate: string) => {
    const edit = (text: string) => `${text.replace(/^groups:/m, 'health: { settle: 4s }\ngroups:')}`;
    const mesh = await writeMesh(file(`mesh-${name}`), { environments: environments(gate), edit });
    expect(await embedded.run('render', '--mesh', mesh, '--out', file(name))).toMatchObject({ code: 0 });
  };

  /** As the account that looks, unless a kubeconfig is given. */
  const look = async (kubeconfig?: string) => {
    const words = ['--bundle', file('bundle'), '--environment', 'dev', ...withKubeconfig(kubeconfig)];
    const run = await embedded.run('status', ...words, '--output', 'json');
    expect(run).toMatchObject({ code: 0 });
    const [status] = JSON.parse(run.stdout) as [ClusterStatus];
    return status;
  };

  const part = ({ health }: ClusterStatus, name: HealthPart) => health.find((each) => each.part === name);
  const troubled = ({ health }: ClusterStatus) =>
    health.filter(({ troubles }) => troubles.length > 0).map((each) => each.part);
  const unknown = ({ health }: ClusterStatus) =>
    health.filter((each) => each.unknown.length > 0).map((each) => each.part);

  const gate = (bundle: string, kubeconfig?: string) =>
    embedded.run(
      ...['gate', '--bundle', file(bundle), '--environment', 'production'],
      ...['--plan', file(`plan-${bundle}.json`), ...withKubeconfig(kubeconfig)],
    );

  const promote = async (bundle = 'bundle') => {
    const onDev = ['--bundle', file(bundle), '--environment', 'dev', '--record', file('record.json')];
    expect(await embedded.run('promote', ...onDev)).toMatchObject({ code: 0 });
  };

  const healthy = () =>
    until('the mesh is healthy', async () => {
      const status = await look();
      return troubled(status).length + unknown(status).length === 0;
    });

  const scale = async (id: ObjectId, replicas: number) => patchWithKubectl(embedded, id, { spec: { replicas } });
  const settled = (id: ObjectId, replicas: number) =>
    until(`${id.name} has ${replicas} replicas`, async () => {
      const { status } = await read<KubernetesObject & { status: { readyReplicas?: number } }>(cluster, id);
      return (status.readyReplicas ?? 0) === replicas;
    });

  beforeAll(async () => {
    embedded = await startEmbedded(['dev', 'prod'], 2);
    cluster = embedded.cluster('dev');
    await render('bundle', '{ approval: false }');
    await render('lax', '{ needs: [objects, endpoints, tags, upgrades] }');
    await promote();
    for (const bundle of ['bundle', 'lax']) {
      const onProduction = ['--bundle', file(bundle), '--environment', 'production'];
      const planned = await embedded.run('plan', ...onProduction, '--out', file(`plan-${bundle}.json`));
      expect(planned).toMatchObject({ code: 0 });
    }
    await deployReady(cluster, [teamDeployment('shop', 'web'), teamDeployment('payments', 'api')]);
    // Pods that no look counts: one that has ended, one that is never ready.
    await embedded.faults('dev', { kind: 'pod', namespace: 'shop', name: 'starting', failure: 'never-ready' });
    await applyAsTeam(cluster, [teamDeployment('shop', 'starting'), job]);
    await until('the Job has ended', async () => {
      const { status } = await read<KubernetesObject & { status?: { succeeded?: number } }>(cluster, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        namespace: 'shop',
        name: 'once',
      });
      return status?.succeeded === 1;
    });
  });

  afterAll(() => embedded?.stop());

  test('is said in the first line, and the gate of the next environment passes', async () => {
    await healthy();
    const { stdout } = await embedded.run('status', '--bundle', file('bundle'), '--environment', 'dev');
    expect(stdout).toMatch(/^dev \/ dev \(Kubernetes v[\d.]+\)\n {2}healthy, no drift\n/);
    expect(await gate('bundle')).toMatchObject({ code: 0 });
  });

  describe('with few rights', () => {
    const readAll = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] };

    /** A kubeconfig whose context dev is an account with these rights and no others. */
    async function accountWith(name: string, rules: object[]): Promise<string> {
      const metadata = { name };
      const account = { kind: 'ServiceAccount', name, namespace: 'default' };
      await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } });
      const rbac = 'rbac.authorization.k8s.io';
      await cluster.create({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules });
      const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name };
      const binding = { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef };
      await cluster.create({ ...binding, subjects: [account] });
      const token = await cluster.requestToken({ namespace: 'default', name }, 3600);
      const config = load(await readFile(embedded.kubeconfig, 'utf8')) as Kubeconfig;
      config.users.push({ name, user: { token: token?.token } });
      for (const context of config.contexts) if (context.name === 'dev') context.context.user = name;
      await writeFile(file(`kubeconfig-${name}`), dump(config));
      return file(`kubeconfig-${name}`);
    }

    test('to read alone, webhooks and proxies are unknown, and the gate names what it lacks', async () => {
      const kubeconfig = await accountWith('reader', [readAll]);
      const status = await look(kubeconfig);
      expect(troubled(status)).toEqual([]);
      expect(unknown(status)).toEqual(['webhooks', 'proxies']);
      // What seems to differ is dry-run.
      expect(status.driftUnknown).toMatch(/cannot patch resource/);
      const words = ['--bundle', file('bundle'), '--environment', 'dev', '--kubeconfig', kubeconfig];
      const { stdout } = await embedded.run('status', ...words);
      expect(stdout).toMatch(/\n {2}unknown:\n {4}webhooks: whether webhooks answer: .*Forbidden/);
      expect(stdout).not.toContain('healthy, no drift');

      const refused = await gate('bundle', kubeconfig);
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(/whether dev is healthy is not known.*webhooks: dev: .*proxies: dev: /s);
      expect(refused.stderr).toContain(
        'or take webhooks, proxies out of environments.production.gate.needs in the mesh file',
      );
      await promote('lax');
      expect(await gate('lax', kubeconfig)).toMatchObject({ code: 0 });
      await promote();
    });

    test('and those of a gate, all of its health is known, and drift is not', async () => {
      const bundle = await readBundle(file('bundle'));
      const facts = accessFacts([{ manifest: bundle.manifest, bundle: clusterBundle(bundle, 'dev') }]);
      const rules = policyRules(grantsOf(facts, ['gate'])).map(({ rule }) => rule);
      const kubeconfig = await accountWith('gate', rules);
      const status = await look(kubeconfig);
      expect([troubled(status), unknown(status)]).toEqual([[], []]);
      expect(status.driftUnknown).toMatch(/forbidden/);
      expect(await gate('bundle', kubeconfig)).toMatchObject({ code: 0 });
    });

    test('but without autoscalers, it is the objects that are unknown', async () => {
      const groups = ['apps', 'policy', 'apiextensions.k8s.io', 'admissionregistration.k8s.io', 'discovery.k8s.io'];
      const istio = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io'];
      const apiGroups = ['', ...groups, ...istio, 'rbac.authorization.k8s.io', 'coordination.k8s.io'];
      const status = await look(await accountWith('no-autoscalers', [{ ...readAll, apiGroups }]));
      expect(troubled(status)).toEqual([]);
      expect(part(status, 'objects')?.unknown).toEqual([
        expect.stringMatching(/^HorizontalPodAutoscaler .* and 2 more: .*forbidden/),
        expect.stringMatching(/^how many replicas are wanted: .*forbidden/),
      ]);
    });

    test('but without pods, it is their part that is unknown', async () => {
      const resources = ['configmaps', 'namespaces', 'services', 'serviceaccounts', 'secrets', 'resourcequotas'];
      const rules = [
        { ...readAll, apiGroups: [''], resources },
        ...['apps', 'policy', 'autoscaling', 'apiextensions.k8s.io', 'admissionregistration.k8s.io', 'discovery.k8s.io']
          .concat(['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'rbac.authorization.k8s.io'])
          .map((group) => ({ ...readAll, apiGroups: [group] })),
      ];
      const status = await look(await accountWith('no-pods', rules));
      expect(troubled(status)).toEqual([]);
      expect(part(status, 'proxies')?.unknown).toEqual([
        expect.stringMatching(/^Pod objects list failed \(Forbidden\)/),
      ]);
      expect(part(status, 'objects')).toEqual({ part: 'objects', troubles: [], unknown: [] });
    });
  });

  test('an istiod that is scaled to 0 is what stands first, and what the gate says', async () => {
    await scale(istiodDeployment, 0);
    await settled(istiodDeployment, 0);
    const status = await look();
    expect(troubled(status)).toEqual(['objects', 'endpoints', 'webhooks', 'tags', 'proxies']);
    expect(part(status, 'objects')?.troubles).toEqual([
      expect.stringMatching(/^Deployment istio-system\/istiod-1-31-0 is not ready: it is scaled to 0, and at least 2/),
    ]);
    const { stdout } = await embedded.run('status', '--bundle', file('bundle'), '--environment', 'dev');
    expect(stdout).toMatch(/^dev \/ dev .*\n {2}not healthy:\n {4}objects: Deployment istio-system\/istiod-1-31-0/);
    expect(stdout).not.toContain('healthy, no drift');
    const refused = await gate('bundle');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/dev is not healthy, .*istiod-1-31-0 is not ready: it is scaled to 0/);
    await scale(istiodDeployment, 2);
    await healthy();
  });

  test('a gateway that is scaled to 0 is unhealthy, and a promotion says so at once', async () => {
    await scale(egress, 0);
    await settled(egress, 0);
    const status = await look();
    expect(troubled(status)).toEqual(['objects', 'endpoints']);
    expect(part(status, 'endpoints')?.troubles).toEqual([
      expect.stringMatching(/^Service istio-gateways\/egress has no ready endpoint/),
    ]);
    const onDev = ['--bundle', file('bundle'), '--environment', 'dev', '--record', file('again.json')];
    const run = await embedded.run('promote', ...onDev);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /NotReady.*egress-1-31-0 is not ready: it is scaled to 0, and at least 2 .*scale it to 2/,
    );
    await scale(egress, 2);
    await healthy();
  });

  test('a tag whose webhook is led to a revision that is not there leads nowhere', async () => {
    await replaceObject(cluster, tagProd, (object) => {
      for (const webhook of webhooksOf(object)) webhook.clientConfig.service.name = 'istiod-9-9-9';
    });
    const status = await look();
    expect(troubled(status)).toEqual(['webhooks', 'tags']);
    expect(part(status, 'tags')?.troubles).toEqual([
      'tag prod is of revision 1-31-0, and its webhook calls Service istio-system/istiod-9-9-9, which does not exist',
    ]);
    await replaceObject(cluster, tagProd, (object) => {
      for (const webhook of webhooksOf(object)) webhook.clientConfig.service.name = 'istiod-1-31-0';
    });
    await healthy();
  });

  test('a validator that points nowhere is unhealthy', async () => {
    await replaceObject(cluster, validator, (object) => {
      for (const webhook of webhooksOf(object)) webhook.clientConfig.service.name = 'nowhere';
    });
    const status = await look();
    expect(part(status, 'webhooks')?.troubles).toEqual([
      'ValidatingWebhookConfiguration istiod-default-validator calls Service istio-system/nowhere, which does not exist',
    ]);
    await replaceObject(cluster, validator, (object) => {
      for (const webhook of webhooksOf(object)) webhook.clientConfig.service.name = 'istiod-1-31-0';
    });
    await healthy();
  });

  test.each(['unreachable', 'nonsense'] as const)(
    'webhooks that are %s though their pods are ready',
    async (failure) => {
      await embedded.faults('dev', { kind: 'webhook', revision: '1-31-0', failure }, neverReady);
      const status = await look();
      expect(troubled(status)).toEqual(['webhooks']);
      const [injectors, revision, byDefault] = part(status, 'webhooks')?.troubles ?? [];
      expect(injectors).toMatch(
        /^the injector of revision 1-31-0, the injector of tag default, the injector of tag prod, .* do not answer as expected: .*failed calling webhook/,
      );
      expect(revision).toMatch(/^the validator istio-validator-1-31-0-istio-system does not answer as expected: /);
      expect(byDefault).toMatch(/^the validator istiod-default-validator does not answer as expected: /);
      await embedded.faults('dev', neverReady);
      await healthy();
    },
  );

  test('a proxy that stays out of sync is named with what it lacks, and the others are not', async () => {
    const fault = { kind: 'proxy', failure: 'never-acknowledges', types: ['listeners'] } as const;
    const everywhere = ['web', 'starting', 'once'].map((name) => ({ ...fault, namespace: 'shop', name }));
    await embedded.faults('dev', neverReady, ...everywhere.map((each) => ({ ...each, types: ['listeners' as const] })));
    const names = await podsOf(cluster, 'web');
    const status = await until('istiod has pushed', async () => {
      await pushSomething(cluster);
      const seen = await look();
      return part(seen, 'proxies')?.troubles.length === 2 && seen;
    });
    expect(troubled(status)).toEqual(['proxies']);
    expect(part(status, 'proxies')?.troubles).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^Pod shop/${name} is not in sync: LDS .* \\(since 20`))),
    );
    const refused = await gate('bundle');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/dev is not healthy, .*dev: proxies: Pod shop\/web-/);
    await embedded.faults('dev', neverReady);
    await healthy();
  });

  test("istiod's Service is missing to everybody who calls it", async () => {
    await deleteObject(cluster, istiodService);
    await until('its endpoints are gone', async () => {
      const { items } = await cluster.list(
        { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
        { namespace: 'istio-system', labelSelector: 'kubernetes.io/service-name=istiod-1-31-0' },
      );
      return items.length === 0;
    });
    const status = await look();
    expect(troubled(status)).toEqual(expect.arrayContaining(['objects', 'webhooks', 'tags']));
    expect(part(status, 'webhooks')?.troubles).toEqual([
      expect.stringMatching(/istiod-default-validator call Service istio-system\/istiod-1-31-0, which does not exist$/),
    ]);
    await promote();
    await healthy();
  });
});

interface Kubeconfig {
  users: { name: string; user: object }[];
  contexts: { name: string; context: { user: string } }[];
}

const neverReady = { kind: 'pod', namespace: 'shop', name: 'starting', failure: 'never-ready' } as const;

const job: KubernetesObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'once', namespace: 'shop' },
  spec: {
    template: {
      metadata: { labels: { app: 'once' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: 'docker.io/acme/once:1' }] },
    },
  },
};

function webhooksOf(object: KubernetesObject) {
  return (object as unknown as { webhooks: { clientConfig: { service: { name: string } } }[] }).webhooks;
}

async function podsOf(cluster: Cluster, app: string): Promise<string[]> {
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace: 'shop', labelSelector: `app=${app}` },
  );
  return items.map(({ metadata }) => metadata.name).sort();
}

/** A new Service makes istiod send listeners to every proxy of the namespace. */
async function pushSomething(cluster: Cluster): Promise<void> {
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { generateName: 'push-', name: '', namespace: 'shop' },
    spec: { selector: { app: 'web' }, ports: [{ port: 8080 }] },
  });
}
