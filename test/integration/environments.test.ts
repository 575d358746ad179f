import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { DeliveryRecord } from '../../src/record/record.ts';
import { writeMesh } from '../support/acme.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { runStep, type StepRun } from '../support/run-process.ts';
import { deleteObject } from '../support/somebody.ts';
import { until } from '../support/until.ts';
import { root } from '../support/workflow-files.ts';

const environments = `  dev:
    clusters: [{ name: dev, context: dev }]
  production:
    after: [dev]
    clusters: [{ name: east, context: east }, { name: west, context: west }]
    waves: [[east], [west]]
    gate: { approval: true }
`;

const destinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  namespace: 'shop',
  name: 'storefront',
};

const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'istio-gateways', name: 'none' };

/** A rule of the platform, which only the cluster knows: no DestinationRule may be called broken. */
const noBrokenRules = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'no-broken-rules' },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['networking.istio.io'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['destinationrules'],
          },
        ],
      },
      validations: [{ expression: 'object.metadata.name != "broken"', message: 'it is broken' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'no-broken-rules' },
    spec: { policyName: 'no-broken-rules', validationActions: ['Deny'] },
  },
];

/** Every action as its bundle in dist, in a process, as a runner calls it. */
describe('two environments, delivered by the actions', () => {
  let embedded: Embedded;
  let files: Record<'mesh' | 'bundle' | 'devPlan' | 'devRecord' | 'plan' | 'record' | 'elsewhere', string>;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev', 'east', 'west']);
    const names = ['mesh', 'bundle', 'devPlan', 'devRecord', 'plan', 'record', 'elsewhere'];
    files = Object.fromEntries(names.map((name) => [name, join(embedded.home, name)])) as typeof files;
    // Production's credentials, which reach no other cluster.
    const kubeconfig = load(await readFile(embedded.kubeconfig, 'utf8')) as { contexts: { name: string }[] };
    const contexts = kubeconfig.contexts.filter(({ name }) => name !== 'dev');
    await writeFile(files.elsewhere, dump({ ...kubeconfig, contexts }));
  });

  afterAll(() => embedded?.stop());

  const action = (name: string, inputs: Record<string, string>): Promise<StepRun> =>
    runStep([join(root, 'dist', `${name}.js`)], { env: embedded.environment, inputs });

  const onDev = (name: string, inputs: Record<string, string> = {}) =>
    action(name, { bundle: files.bundle, environment: 'dev', ...inputs });

  const onProduction = (name: string, inputs: Record<string, string> = {}) =>
    action(name, { bundle: files.bundle, environment: 'production', ...inputs });

  const render = async (variant: Partial<Parameters<typeof writeMesh>[1]> = {}) => {
    const mesh = await writeMesh(files.mesh, { environments, ...variant });
    return action('render', { mesh, out: files.bundle });
  };

  const digestOf = async (file: string) => (JSON.parse(await readFile(file, 'utf8')) as Plan).digest;
  const readRecord = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as DeliveryRecord;

  test('an input that is missing ends with exit code 2 and its name', async () => {
    const { code, stdout } = await action('plan', { environment: 'dev' });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^::error::.*bundle is missing/m);
  });

  const broken = {
    apiVersion: destinationRule.apiVersion,
    kind: 'DestinationRule',
    metadata: { name: 'broken', namespace: 'shop' },
    spec: { host: 'broken.shop', trafficPolicy: { loadBalancer: { simple: 'FASTEST' } } },
  };

  test('an object that Istio refuses is not rendered, and its file and line are said', async () => {
    const { code, stdout } = await render({ files: { 'config/services/broken.yaml': dump(broken) } });
    expect(code).toBe(2);
    expect(stdout).toContain(
      'config/services/broken.yaml:10: DestinationRule shop/broken spec.trafficPolicy.loadBalancer.simple: expected one of',
    );
  });

  test('an object that the cluster refuses stops the first promotion at its stage, by name and reason', async () => {
    const cluster = embedded.cluster('dev');
    for (const object of noBrokenRules) await cluster.create(object);
    const spec = { host: 'broken.shop' };
    const rendered = await render({ files: { 'config/services/broken.yaml': dump({ ...broken, spec }) } });
    expect(rendered).toMatchObject({ code: 0, outputs: { version: '1.31.0', revision: '1-31-0' } });
    const planned = await onDev('plan', { out: files.devPlan });
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.summary).toContain('+ DestinationRule shop/broken (networking.istio.io/v1), config');
    const { code, stdout, outputs } = await onDev('promote', { plan: files.devPlan, record: files.devRecord });
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { result: 'failed', record: files.devRecord } });
    expect(stdout).toMatch(
      /^::error::dev \(StageInvalid\): stage config .* was not begun: DestinationRule shop\/broken: /m,
    );
    expect(await embedded.cluster('dev').get(destinationRule)).toBeUndefined();
  });

  test('a corrected bundle is planned, passes the gate and is promoted', async () => {
    const rendered = await render();
    expect(rendered.outputs.digest).toMatch(/^sha256:/);
    const planned = await onDev('plan', { out: files.devPlan });
    expect(planned.outputs).toMatchObject({ digest: await digestOf(files.devPlan), plan: files.devPlan });
    expect(planned.summary).toContain(planned.outputs.digest);
    const gated = await onDev('gate', { plan: files.devPlan });
    expect(gated).toMatchObject({ code: 0, outputs: { verdict: 'pass' } });
    const promoted = await onDev('promote', { plan: files.devPlan, record: files.devRecord });
    expect(promoted).toMatchObject({ code: 0, outputs: { result: 'promoted', record: files.devRecord } });
    expect(promoted.summary).toContain('### dev: promoted');
    expect(await readRecord(files.devRecord)).toMatchObject({
      bundle: rendered.outputs.digest,
      plan: planned.outputs.digest,
      result: 'promoted',
    });
  });

  test('the gate fails closed where nothing is known of the environment before', async () => {
    await onProduction('plan', { out: files.plan, kubeconfig: files.elsewhere });
    const approve = await digestOf(files.plan);
    const inputs = { plan: files.plan, approve, kubeconfig: files.elsewhere };
    const { code, outputs, stdout } = await onProduction('gate', inputs);
    expect({ code, outputs }).toEqual({ code: 3, outputs: { verdict: 'fail' } });
    expect(stdout).toContain('nothing is known of dev');
  });

  test('evidence that cannot be read lets nothing pass', async () => {
    const garbage = join(embedded.home, 'garbage.json');
    for (const text of ['not JSON', 'null', '{"kind":"Promotion"}']) {
      await writeFile(garbage, text);
      const inputs = { plan: files.plan, approve: await digestOf(files.plan), evidence: garbage };
      const { code, outputs } = await onProduction('gate', inputs);
      expect({ text, code, outputs }).toEqual({ text, code: 2, outputs: {} });
    }
  });

  test('the order is proven by the record, and by a look at the clusters', async () => {
    const approve = await digestOf(files.plan);
    const byRecord = { plan: files.plan, approve, kubeconfig: files.elsewhere, evidence: files.devRecord };
    const recorded = await onProduction('gate', byRecord);
    expect(recorded).toMatchObject({ code: 0, outputs: { verdict: 'pass' } });
    expect(recorded.stdout).toContain('by its record');
    const looked = await onProduction('gate', { plan: files.plan, approve });
    expect(looked).toMatchObject({ code: 0, outputs: { verdict: 'pass' } });
    expect(looked.stdout).toContain('by a look at its clusters');
  });

  test('an approval is asked for, and must be for this very plan', async () => {
    const without = await onProduction('gate', { plan: files.plan });
    expect(without).toMatchObject({ code: 3, outputs: { verdict: 'fail' } });
    expect(without.stdout).toContain('asks for an approval, and none was given');
    const other = await onProduction('promote', { plan: files.plan, approve: 'sha256:0', record: files.record });
    expect(other).toMatchObject({ code: 3, outputs: { result: 'refused' } });
    expect(other.stdout).toContain('the approval is for sha256:0');
  });

  test('a live look goes before a record that says otherwise, and its words are no commands', async () => {
    const dev = embedded.cluster('dev');
    const said = 'broken\n::error::hijacked\n##[error]hijacked';
    const { namespace, name, ...type } = destinationRule;
    const conditions = [{ type: 'Ready', status: 'False', reason: 'Broken', message: said }];
    await dev.applyStatus(
      { ...type, metadata: { namespace, name }, status: { conditions } },
      { fieldManager: 'somebody' },
    );
    const approve = await digestOf(files.plan);
    const gated = await onProduction('gate', { plan: files.plan, approve, evidence: files.devRecord });
    expect(gated).toMatchObject({ code: 3, outputs: { verdict: 'fail' } });
    const seen = await action('status', { bundle: files.bundle, environment: 'dev' });
    expect(seen).toMatchObject({ code: 0, outputs: { healthy: 'false' } });
    for (const { stdout, summary } of [gated, seen]) {
      expect(stdout).toContain('DestinationRule shop/storefront is not ready: broken');
      expect(summary).toContain('hijacked');
      const commands = stdout.split('\n').filter((line) => /^\s*::|##\[/.test(line));
      expect(commands.filter((line) => /^\s*::error::hijacked|##\[/.test(line))).toEqual([]);
    }
    await deleteObject(dev, destinationRule);
    const missing = await onProduction('gate', { plan: files.plan, approve, evidence: files.devRecord });
    expect(missing.stdout).toContain('DestinationRule shop/storefront is missing');
    expect((await onDev('promote', { record: join(embedded.home, 'repaired') })).outputs).toEqual({
      result: 'promoted',
      record: join(embedded.home, 'repaired'),
      evidence: join(embedded.home, 'repaired'),
    });
  });

  test('a later wave waits for the earlier one', async () => {
    const inputs = { plan: files.plan, approve: await digestOf(files.plan), record: files.record, wave: '2' };
    const { code, outputs, stdout } = await onProduction('promote', inputs);
    expect({ code, outputs }).toEqual({ code: 3, outputs: { result: 'refused', record: files.record, evidence: '' } });
    expect(stdout).toContain('production, wave 1 runs no promoted bundle');
    expect(
      await embedded.cluster('west').list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'istio-system' }),
    ).toMatchObject({ items: [] });
  });

  test('a wave that fails keeps the next one from being started', async () => {
    const east = embedded.cluster('east');
    const { namespace, name } = quota;
    await east.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await until('the namespace takes objects', () =>
      east.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }),
    );
    await east.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace },
      spec: { hard: { pods: '0' } },
    });
    await onProduction('plan', { out: files.plan });
    const inputs = { plan: files.plan, approve: await digestOf(files.plan), record: files.record, timeout: '8' };
    const { code, outputs, stdout, summary } = await onProduction('promote', inputs);
    expect({ code, outputs }).toEqual({
      code: 1,
      outputs: { result: 'failed', record: files.record, evidence: files.record },
    });
    expect(stdout).toMatch(/^::error::east \(NotReady\): .*Deployment istio-gateways\/egress-1-31-0 .*exceeded quota/m);
    expect((await readRecord(files.record)).clusters).toMatchObject([
      { cluster: 'east', result: 'failed', code: 'NotReady' },
      { cluster: 'west', result: 'not started' },
    ]);
    expect(summary).toContain('| west | not started |');
    expect(
      await embedded.cluster('west').get({ apiVersion: 'v1', kind: 'Namespace', name: 'istio-system' }),
    ).toBeUndefined();
  });

  test('the same plan and approval go on wave by wave, and end as one promotion', async () => {
    await deleteObject(embedded.cluster('east'), quota);
    const inputs = { plan: files.plan, approve: await digestOf(files.plan), record: files.record };
    const first = await onProduction('promote', { ...inputs, wave: '1' });
    expect(first).toMatchObject({ code: 0, outputs: { result: 'partial' } });
    const second = await onProduction('promote', { ...inputs, wave: '2' });
    expect(second).toMatchObject({ code: 0, outputs: { result: 'promoted' } });
    const again = await onProduction('plan', { out: files.plan });
    expect(again).toMatchObject({ code: 0, outputs: { changes: '0' } });
  });

  test('the status of everything is well at the end', async () => {
    const seen = await until('everything is well', async () => {
      const run = await action('status', { bundle: files.bundle });
      return run.outputs.healthy === 'true' && run;
    });
    const statuses = JSON.parse(seen.outputs.status ?? '') as { cluster: string; drift: string[] }[];
    expect(statuses.map(({ cluster }) => cluster)).toEqual(['dev', 'east', 'west']);
    expect(seen.summary).toContain('healthy, no drift');
  });

  test('a context that leads to another cluster of the mesh takes nothing, and proves nothing', async () => {
    const whole = load(await readFile(embedded.kubeconfig, 'utf8')) as { contexts: { name: string }[] };
    const east = whole.contexts.find(({ name }) => name === 'east');
    const contexts = whole.contexts.map((context) => (context.name === 'dev' ? { ...east, name: 'dev' } : context));
    const kubeconfig = join(embedded.home, 'swapped');
    await writeFile(kubeconfig, dump({ ...whole, contexts }));
    const reason =
      'cluster dev is not the one that is meant: context "dev" leads to cluster east of environment production';
    const planned = await onDev('plan', { kubeconfig, out: join(embedded.home, 'swapped.json') });
    const promoted = await onDev('promote', { kubeconfig, record: join(embedded.home, 'swapped-record.json') });
    const approve = await digestOf(files.plan);
    const gated = await onProduction('gate', { kubeconfig, plan: files.plan, approve });
    for (const { code, stdout } of [planned, promoted, gated]) {
      expect(code).toBe(3);
      expect(stdout).toContain(reason);
    }
  });

  test('a plan that was carried out is no plan for what came after it', async () => {
    const { code, stdout } = await onDev('promote', { plan: files.devPlan, record: files.record });
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /dev \(PlanMoved\): .*the plan was made after 0 promotions and upgrades, and it has seen \d by now/,
    );
    const twice = await Promise.all([1, 2].map((time) => onDev('plan', { out: join(embedded.home, `plan-${time}`) })));
    const [first, second] = twice.map(({ outputs }) => outputs.digest);
    expect(first).toBe(second);
  });

  test('a bundle of another revision is planned as an upgrade, and not promoted', async () => {
    await render({ edit: (text) => text.replace('version: 1.31.0', 'version: 1.31.0\n  revision: next') });
    const planned = await onDev('plan', { out: files.devPlan });
    expect(planned.code).toBe(0);
    expect(planned.summary).toContain('### Upgrade 1-31-0 → next (Istio 1.31.0), dev (1 cluster)');
    const { code, stdout } = await onDev('promote', { plan: files.devPlan, record: files.record });
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /::error::dev \(RevisionChange\): bundle of revision next .* active revision is 1-31-0.*run upgrade start .*set istio\.revision to "1-31-0"/,
    );
  });

  test('a bundle of another mesh is refused', async () => {
    await render({ edit: (text) => text.replace('name: acme', 'name: other') });
    const { code, stdout } = await onDev('plan', { out: files.devPlan });
    expect(code).toBe(3);
    expect(stdout).toContain(
      '::error::bundle of mesh other (control plane in namespace istio-system) cannot be promoted to cluster dev: it has mesh acme',
    );
  });
});
