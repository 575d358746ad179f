import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/access/access-accounts.ts';
import { type AccessBundle, accessFacts } from '../../src/access/access-facts.ts';
import type { AccessCommand, AccessSubject } from '../../src/access/access-rule.ts';
import { accessRules } from '../../src/access/access-rules.ts';
import { isPathGrant } from '../../src/access/grant.ts';
import { grantsOfRule } from '../../src/access/grants-of.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { saveBundle, unschedulable, withStages } from '../support/acme.ts';
import { type AuthorizedRequest, authorizedRequests } from '../support/api-request.ts';
import { commandLine, type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { type ProcessRun, runProcess } from '../support/run-process.ts';
import { deleteObject, forceFields, replaceObject } from '../support/somebody.ts';
import { until } from '../support/until.ts';
import { renderBoth, smallMesh } from '../support/upgrade.ts';
import { deployReady, teamsOf } from '../support/upgrade-story.ts';
import { type ApiAnswer, startWriteGate } from '../support/write-gate.ts';

const environments = `  dev:
    clusters: [{ name: dev, context: dev }]
  production:
    after: [dev]
    clusters: [{ name: prod, context: prod }]
`;

const missingInAll = `# promote: prune; upgrade: retirement of the old revision, and rollback
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterrolebindings, clusterroles]
  verbs: [delete]
`;

const missingInSystem = `Role in namespace istio-system:
# plan, drift and repair: server-side dry run; promote and upgrade: server-side apply
- apiGroups: [apps]
  resources: [deployments]
  verbs: [create, patch]
`;

const telemetry = {
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  namespace: 'istio-config',
  name: 'mesh-default',
};

const quota: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'none', namespace: 'istio-gateways' },
  spec: { hard: { pods: '0' } },
};

/** What each command asked the API server for, all of it allowed. */
const asked = new Map<AccessCommand, AuthorizedRequest[]>();

describe('the accounts that access prints', () => {
  let embedded: Embedded;
  let cluster: Cluster;
  let bundles: { old: Bundle; new: Bundle };
  const file = (name: string) => join(embedded.home, name);

  beforeAll(async () => {
    embedded = await startEmbedded(['dev', 'prod']);
    cluster = embedded.cluster('dev');
    bundles = await renderBoth(embedded, { environments });
    await saveBundle(bundles.old, file('old'));
    await saveBundle(bundles.new, file('new'));
    await saveBundle(unschedulable(bundles.old, 'egress'), file('unschedulable'));
    await saveBundle(withoutEgress(bundles.old), file('less'));
  });
  afterAll(() => embedded?.stop());

  /** Pipes what access prints to kubectl, as an administrator. */
  async function applyAccess(...words: string[]): Promise<void> {
    const printed = await embedded.run('access', ...words, '--environment', 'dev');
    expect(printed).toMatchObject({ code: 0 });
    const kubectl = spawnSync(embedded.tool('kubectl'), ['apply', '--context', 'dev', '-f', '-'], {
      input: printed.stdout,
      encoding: 'utf8',
      env: { ...embedded.environment, HOME: embedded.home },
    });
    expect(kubectl).toMatchObject({ status: 0, stderr: '' });
  }

  function runAs(account: AccountName, words: string[]): Promise<ProcessRun> {
    const env = { ...embedded.environment, KUBECONFIG: embedded.accounts.kubeconfig(account) };
    return runProcess([commandLine, ...words], { env });
  }

  /** Runs a command as an account, and notes what it asks for. */
  async function as(account: AccountName, ...words: [AccessCommand, ...string[]]): Promise<ProcessRun> {
    const token = await embedded.accounts.token(account, 'dev');
    const answers: ApiAnswer[] = [];
    const gate = await startWriteGate(embedded, 'dev', async () => false, {
      token,
      onAnswer: (answer) => answers.push(answer),
    });
    try {
      const run = await runProcess([commandLine, ...words], {
        env: { ...embedded.environment, KUBECONFIG: gate.kubeconfig },
      });
      const [command] = words;
      const reviews = answers.filter(({ path }) => path.includes('selfsubjectaccessreviews'));
      expect.soft(reviews.length).toBeLessThan(command === 'upgrade' ? 400 : 250);
      asked.set(command, [...(asked.get(command) ?? []), ...answers.flatMap(authorizedRequests)]);
      expect
        .soft(answers.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`))
        .toEqual([]);
      return run;
    } finally {
      await gate.close();
    }
  }

  const onDev = ['--environment', 'dev'];
  const old = () => ['--bundle', file('old'), ...onDev];
  const next = () => ['--bundle', file('new'), ...onDev];
  const record = () => ['--record', file('record.json'), '--timeout', '60'];
  const plan = (bundle: string) => as('look', 'plan', '--bundle', file(bundle), ...onDev, '--out', file('plan.json'));
  const promote = (bundle: string, ...words: string[]) =>
    as('deliver', 'promote', '--bundle', file(bundle), ...onDev, '--record', file('record.json'), ...words);

  test('promote to an empty cluster', async () => {
    await applyAccess('--bundle', file('old'));
    await embedded.accounts.signIn('dev');
    expect(await plan('old')).toMatchObject({ code: 0 });
    expect(await promote('old')).toMatchObject({ code: 0 });
  });

  test('see all of the health and the drift of a cluster, and pass its gate', async () => {
    await deployReady(cluster, teamsOf(smallMesh));
    expect((await as('look', 'status', ...old())).stdout).toContain('healthy, no drift');
    const production = ['--bundle', file('old'), '--environment', 'production'];
    await runProcess([commandLine, 'plan', ...production, '--out', file('production.json')], {
      env: embedded.environment,
    });
    expect(await as('look', 'gate', ...production, '--plan', file('production.json'))).toMatchObject({ code: 0 });
    await deleteObject(cluster, telemetry);
    expect((await as('look', 'status', ...old())).stdout).toContain('Telemetry istio-config/mesh-default is missing');
  });

  test('look at what uses a gateway and a tag that go, and delete them', async () => {
    await applyAccess('--bundle', file('less'), '--from', file('old'));
    expect(await plan('less')).toMatchObject({ code: 0 });
    expect((await as('look', 'status', '--bundle', file('less'), ...onDev)).stdout).toContain('is missing');
    expect(await promote('less')).toMatchObject({ code: 0 });
    expect(await promote('old')).toMatchObject({ code: 0 });
  });

  test('find out why a workload is not ready', async () => {
    const run = await promote('unschedulable', '--timeout', '5');
    expect(run.stderr).toMatch(/pod egress-1-31-0-\S+: PodScheduled/);
    await cluster.create(quota);
    await deletePods(cluster, 'istio-gateways');
    expect((await promote('unschedulable', '--timeout', '5')).stderr).toContain('exceeded quota');
    await deleteObject(cluster, objectId(quota));
    expect(await promote('old')).toMatchObject({ code: 0 });
    expect((await promote('old')).stdout).toContain('unchanged');
  });

  test('see what a rehearsal copies of an environment, and what it does not', async () => {
    // It is refused once all of that is read: the cluster is the environment's own.
    const inside = ['--kind-kubeconfig', embedded.kubeconfig, '--kind-context', 'dev', '--sample-image', 'sample:1'];
    const run = await as('look', 'rehearse', '--to', file('new'), ...onDev, ...inside);
    expect(run).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('cannot be rehearsed in: mesh acme was promoted to it'),
    });
  });

  test('take the mesh to another revision, back, and there again', async () => {
    await applyAccess('--bundle', file('new'), '--from', file('old'));
    await forceFields(
      cluster,
      { apiVersion: 'v1', kind: 'Namespace', name: 'catalog' },
      {
        metadata: { name: 'catalog', labels: { 'istio-injection': 'enabled' } },
      },
    );
    expect(await plan('new')).toMatchObject({ code: 0 });
    expect(await as('deliver', 'upgrade', 'start', ...next(), ...record())).toMatchObject({ code: 0 });
    expect(await as('deliver', 'upgrade', 'rollback', ...next(), ...record())).toMatchObject({ code: 0 });
    expect(await as('deliver', 'upgrade', 'start', ...next(), ...record())).toMatchObject({ code: 0 });
    expect(await as('deliver', 'upgrade', 'finish', ...next(), ...record())).toMatchObject({ code: 0 });
  }, 600_000);

  test('repair what the cluster keeps of its promotions', async () => {
    await replaceObject(
      cluster,
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio-delivery-promotion' },
      (map) => {
        map.data = { record: 'null' };
      },
    );
    await replaceObject(
      cluster,
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio-delivery-upgrade' },
      (map) => {
        map.data = { journal: 'null' };
      },
    );
    const repair = (...words: string[]) => as('deliver', 'repair', ...next(), ...words);
    expect(await repair('--out', file('repair-plan.json'))).toMatchObject({ code: 0 });
    const repaired = await repair('--plan', file('repair-plan.json'), '--record', file('repair.json'));
    expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining('dev: repaired: record, journal') });
  });

  /** What no test here brings about: others do, in suites that run under these accounts. */
  const elsewhere = [
    'plan: list horizontalpodautoscalers',
    'promote: list horizontalpodautoscalers',
    'upgrade: list horizontalpodautoscalers',
    'status: list namespaces',
    'status: list gateways, virtualservices',
    'promote: get nodes',
    'upgrade: get nodes',
    'upgrade: list events',
    'upgrade: create leases',
    'repair: create leases',
    // Of documents that have further parts.
    'repair: list configmaps',
    'repair: create serviceaccounts',
    'repair: patch serviceaccounts',
    'repair: list horizontalpodautoscalers',
    'upgrade: create serviceaccounts',
    'upgrade: patch serviceaccounts',
    'upgrade: get deployments, statefulsets, daemonsets',
  ];

  test('have no right that no command uses', () => {
    const part = (bundle: Bundle): AccessBundle => ({
      manifest: bundle.manifest,
      bundle: clusterBundle(bundle, 'dev'),
    });
    const facts = accessFacts([part(bundles.new), part(bundles.old)]);
    const unused = accessRules
      .filter(({ when }) => when === undefined)
      .flatMap((rule) =>
        rule.commands.flatMap((command) => {
          const requests = asked.get(command) ?? [];
          const grants = grantsOfRule(rule, facts);
          return rule.verbs
            .filter((verb) => verb !== 'escalate' && verb !== 'bind')
            .filter((verb) => !grants.some((grant) => requests.some((request) => uses(request, verb, grant))))
            .map((verb) => `${command}: ${verb} ${subjectOf(rule.on)}`);
        }),
      );
    expect([...new Set(unused)].filter((each) => !elsewhere.includes(each))).toEqual([]);
  });

  test('are refused before any write where rights are missing, and told all of them at once', async () => {
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'istio-delivery-deliver' };
    const inSystem = { ...role, kind: 'Role', namespace: 'istio-system' };
    await replaceObject(cluster, role, (object) =>
      without(object, ['nodes', 'clusterroles', 'horizontalpodautoscalers']),
    );
    await replaceObject(cluster, inSystem, (object) => without(object, ['deployments', 'pods/portforward']));
    const before = await meshSnapshot(cluster);
    const refusedRecord = ['--record', file('refused.json')];
    const promoted = await runAs('deliver', ['promote', '--bundle', file('new'), ...onDev, ...refusedRecord]);
    const upgraded = await runAs('deliver', ['upgrade', 'start', '--bundle', file('old'), ...onDev, ...refusedRecord]);
    for (const [command, run] of Object.entries({ promote: promoted, upgrade: upgraded })) {
      expect(run.code).toBe(3);
      expect(messageIn(run)).toContain(
        `refused: dev (AccessMissing): this account lacks rights that ${command} needs in cluster dev, and nothing was written. Add these rules, or apply what istio-delivery access prints:\nClusterRole:\n`,
      );
      for (const rules of [missingInAll, missingInSystem]) expect(messageIn(run)).toContain(rules);
    }
    expect(await meshSnapshot(cluster)).toEqual(before);
  });

  describe('without the right to give rights', () => {
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'istio-delivery-deliver' };
    const promoted = (bundle: string) =>
      runAs('deliver', ['promote', '--bundle', file(bundle), ...onDev, '--record', file('refused.json')]);

    test('are told which roles they may not write, as the dry run of them says', async () => {
      await applyAccess('--bundle', file('new'), '--from', file('old'));
      await replaceObject(cluster, role, (object) => {
        const { rules } = object as KubernetesObject & { rules: { verbs: string[] }[] };
        object.rules = rules.filter(({ verbs }) => !verbs.includes('escalate') && !verbs.includes('bind'));
      });
      const run = await promoted('old');
      expect(run.code).toBe(3);
      expect(messageIn(run)).toMatch(
        /AccessMissing.*\n- apiGroups: \[rbac\.authorization\.k8s\.io\]\n {2}resources: \[clusterroles\]\n {2}resourceNames: \[istio-reader-clusterrole-1-31-0-istio-system, .*\]\n {2}verbs: \[escalate\]\n/s,
      );
      expect(run.stderr).toContain('verbs: [bind]');
    });

    test('do not need it for roles that stay as they are', async () => {
      expect(await promoted('new')).toMatchObject({ code: 0 });
    });

    test('do not need it where they have those rights themselves', async () => {
      const rbac = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'all' };
      const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'approve', 'sign'];
      const rules = [
        { apiGroups: ['*'], resources: ['*'], verbs },
        // As istiod has it.
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['*'] },
      ];
      const { apiVersion } = role;
      await cluster.create({ apiVersion, kind: 'ClusterRole', metadata: { name: 'all' }, rules });
      const subjects = [{ kind: 'ServiceAccount', name: 'istio-delivery-deliver', namespace: 'istio-delivery' }];
      await cluster.create({
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'all' },
        roleRef: rbac,
        subjects,
      });
      // It is a bundle of another revision, which is said once the rights are there.
      await until('the API server knows of the role', async () =>
        (await promoted('old')).stderr.includes('RevisionChange'),
      );
    });
  });

  test('may not promote where they may only look: by rights, and by the policy where rights were given', async () => {
    const words = ['promote', '--bundle', file('new'), ...onDev, '--record', file('refused.json')];
    const refused = await runAs('look', words);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(
      'this account lacks rights that promote needs in cluster dev, and nothing was written',
    );
    const looking = embedded.accounts.cluster('look', 'dev');
    const result = await looking.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { written: 'true' } } },
      { fieldManager: 'look', dryRun: false, force: true },
    );
    expect(result).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('it may not change anything') });
  });

  function uses(request: AuthorizedRequest, verb: string, grant: ReturnType<typeof grantsOfRule>[number]): boolean {
    if (isPathGrant(grant)) return request.resource === grant.path;
    return (
      request.verb === verb &&
      request.apiGroup === grant.apiGroup &&
      request.resource === grant.resource &&
      (grant.namespace === undefined || grant.namespace === request.namespace) &&
      (grant.names === undefined || grant.names.includes(request.name ?? ''))
    );
  }
});

/** What was printed, without the indentation of an error's further lines. */
function messageIn({ stderr }: ProcessRun): string {
  return stderr.replaceAll('\n  ', '\n');
}

/** The bundle without one of its gateways and one of its tags. */
function withoutEgress(bundle: Bundle): Bundle {
  const gone = /^(egress|egress-1-31-0|(istio|istiod)-revision-tag-prod-canary)$/;
  const kept = (objects: KubernetesObject[]) => objects.filter(({ metadata }) => !gone.test(metadata.name));
  return withStages(bundle, 'dev', { gateways: kept, routing: kept });
}

function subjectOf(on: AccessSubject): string {
  if ('path' in on) return on.path;
  return 'types' in on ? on.types : on.resources.join(', ');
}

/** A role without its rules for some resources. */
function without(role: KubernetesObject, resources: string[]): void {
  const { rules } = role as KubernetesObject & { rules: { resources?: string[] }[] };
  role.rules = rules.filter((rule) => !rule.resources?.some((resource) => resources.includes(resource)));
}

async function deletePods(cluster: Cluster, namespace: string): Promise<void> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace });
  for (const pod of items) await cluster.delete(objectId(pod), pod.metadata.uid ?? '');
}
