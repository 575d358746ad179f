import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultProbePolicy } from '../../src/mesh/mesh.ts';
import { checkNames } from '../../src/mesh/probe-policy.ts';
import { gatewayFilter, luaFilter } from '../support/gateway-filter.ts';
import { containersOfRehearsals, type KindMachine, kindMachine } from '../support/kind.ts';
import {
  bundlesOf,
  hasOverlay,
  type RehearsalRun,
  type RenderedBundle,
  rehearseOn,
  rehearseStepOn,
} from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';

/** Of the one that is kept. */
const cluster = 'rehearsal-kept';
const minutes = 60_000;

/** Holds a shell, and is what the traffic needs anyway. */
const loadImage = process.env.E2E_LOAD_IMAGE ?? defaultProbePolicy().load.image;

let machine: KindMachine;
let running: RenderedBundle;
let next: RenderedBundle;

beforeAll(async () => {
  machine = kindMachine();
  running = await bundlesOf(machine).render('running', { revision: revisions.old });
  next = await bundlesOf(machine).render('next');
});

afterAll(() => machine?.remove());

/** Whatever a rehearsal comes to, it leaves nothing. */
async function expectNothingLeft(): Promise<void> {
  expect(await containersOfRehearsals()).toEqual([]);
  expect(machine.leftInHome()).toEqual([]);
}

function expectPass({ code, stdout, stderr, record, report }: RehearsalRun): void {
  expect({ code, result: record?.result }, stderr).toEqual({ code: 0, result: 'pass' });
  expect(stdout).toMatch(/: pass, 0 of [\d,]+ requests failed/);
  const checks = record?.probe?.checks ?? [];
  expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(checks.filter(({ phase }) => phase === 'after').map(({ name }) => name)).toEqual([...checkNames]);
  const targets = record?.probe?.phases.flatMap(({ targets }) => targets) ?? [];
  expect(targets.filter(({ failed }) => failed > 0)).toEqual([]);
  expect(report).toMatch(/^<!doctype html>/i);
}

/** What was measured of each phase. */
function requestsOf(record: RehearsalRun['record'], phase: string): number {
  const targets = record?.probe?.phases.filter(({ name }) => name === phase).flatMap((each) => each.targets) ?? [];
  return targets.reduce((sum, { requests }) => sum + requests, 0);
}

/** Fails, prints why, and writes down the same; what can be seen of the cluster is kept. */
function expectFailure({ code, stderr, record, report, diagnostics }: RehearsalRun, ...causes: RegExp[]): void {
  const reasons = record?.reasons.join('\n') ?? '';
  expect({ code, result: record?.result }, stderr).toEqual({ code: 1, result: 'fail' });
  for (const cause of causes) {
    expect(reasons).toMatch(cause);
    expect(stderr).toMatch(cause);
  }
  expect(report).toContain('fail');
  expect(readdirSync(diagnostics)).not.toEqual([]);
}

describe('a rehearsal', () => {
  afterEach(expectNothingLeft);

  test('of a first install sends traffic through the ingress gateway, and passes', async () => {
    const run = await rehearseStepOn(machine, { to: next.path, 'first-install': 'true', after: '20' });
    expectPass(run);
    expect(run.outputs.result).toBe('pass');
    expect(run.summary).toContain('ingress');
    expect(run.record).not.toHaveProperty('from');
    expect(run.record?.upgrades).toEqual([]);
    const after = run.record?.probe?.phases.find(({ name }) => name === 'after')?.targets ?? [];
    expect(after.find(({ target }) => target === 'ingress')?.requests).toBeGreaterThan(80);
  });

  test('of an upgrade loses no request, and writes down what it did', async () => {
    const run = await rehearseOn(machine, { from: running.path, to: next.path, after: '20' });
    expectPass(run);
    const { record } = run;
    expect(record?.from).toMatchObject({ bundle: running.digest, istio: { revision: revisions.old } });
    expect(record?.to).toMatchObject({ bundle: next.digest, istio: { revision: revisions.new } });
    expect(record?.upgrades.map(({ result }) => result)).toEqual(['upgraded', 'finished']);
    for (const phase of ['before', 'upgrade', 'finish', 'after']) {
      expect(requestsOf(record, phase), phase).toBeGreaterThan(500);
    }
    const overlaid = record?.overlay.map(({ object, field }) => `${object} ${field}`) ?? [];
    expect(overlaid).toContainEqual(expect.stringMatching(/^Deployment istio-system\/istiod-1-31-0 .*resources/));
    expect(overlaid.includes('ConfigMap istio-system/istio-1-31-0 .data.mesh')).toBe(hasOverlay);
  });

  test('of a rollback goes back and forward again, and loses no request', async () => {
    const run = await rehearseOn(machine, { from: running.path, to: next.path, rollback: 'true', after: '5' });
    expectPass(run);
    expect(run.record?.upgrades.map(({ result }) => result)).toEqual([
      'upgraded',
      'rolled back',
      'upgraded',
      'finished',
    ]);
    for (const phase of ['rollback', 'upgrade again']) {
      expect(requestsOf(run.record, phase), phase).toBeGreaterThan(300);
    }
  });

  test('fails for a filter that proxies reject, and says that they reject it', async () => {
    const to = await bundlesOf(machine).render('broken-listener', {
      files: { 'config/root/broken-listener.yaml': brokenListener },
    });
    const run = await rehearseOn(machine, { from: running.path, to: to.path, timeout: '45' });
    expectFailure(run, /ingress-1-31-0-b/, /LDS was rejected/);
  });

  test('fails for STRICT mTLS where a client without a certificate is, and names the client', async () => {
    const to = await bundlesOf(machine).render('strict', { files: { 'config/root/strict.yaml': strict } });
    const run = await rehearseOn(machine, { from: running.path, to: to.path });
    expectFailure(run, /plain: \d+ of \d+ requests failed in phase upgrade/);
    expect(run.record?.reasons.filter((reason) => /requests failed/.test(reason))).toHaveLength(1);
  });

  test('fails for a workload whose budget does not allow its rollout, and names both', async () => {
    const workloads = join(machine.runnerTemp, 'tight.yaml');
    writeFileSync(workloads, tightBudget);
    const run = await rehearseOn(machine, { from: running.path, to: next.path, workloads, before: '10' });
    expectFailure(run, /rollout-floor/, /Deployment shop\/tight/);
  });
});

describe('a rehearsal whose traffic has no image', () => {
  let run: RehearsalRun;

  beforeAll(async () => {
    run = await rehearseOn(machine, {
      to: next.path,
      'first-install': 'true',
      'load-image': 'registry.invalid/no/vegeta:1',
      after: '5',
      keep: 'true',
      name: cluster,
    });
  });

  afterAll(async () => {
    await machine.run('local', 'down', '--clusters', cluster);
    await expectNothingLeft();
  });

  test('is inconclusive, and says which', () => {
    expect({ code: run.code, result: run.record?.result }).toEqual({ code: 1, result: 'inconclusive' });
    expect(run.record?.reasons.join('\n')).toMatch(/ingress: .*registry\.invalid\/no\/vegeta:1/);
    expect(run.stderr).toContain('inconclusive');
  });

  test('leaves a cluster that no other rehearsal is given', async () => {
    const kubeconfig = /KUBECONFIG=([^\s;]+)/.exec(run.stderr)?.[1] ?? '';
    const words = { to: next.path, 'first-install': 'true', 'kind-kubeconfig': kubeconfig };
    const refused = await rehearseOn(machine, words);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/cannot be rehearsed in: mesh acme was promoted to it for rehearsal/);
    expect(refused.record).toBeUndefined();
  });
});

test(
  'an upgrade under 50 requests a second for five minutes, with its gateway switch, loses none of them',
  async () => {
    const words = { rate: '6', before: '60', after: '180' };
    const run = await rehearseOn(machine, { from: running.path, to: next.path, ...words });
    expectPass(run);
    const [first, last] = [run.record?.probe?.phases.at(0), run.record?.probe?.phases.at(-1)];
    expect(Date.parse(last?.to ?? '') - Date.parse(first?.from ?? '')).toBeGreaterThan(5 * minutes);
    const phases = ['before', 'upgrade', 'finish', 'after'];
    const requests = phases.reduce((sum, phase) => sum + requestsOf(run.record, phase), 0);
    expect(requests).toBeGreaterThan(50 * 5 * 60);
    const steps = run.record?.upgrades[0]?.journal?.steps.filter(({ status }) => status === 'done');
    expect(steps?.map(({ step }) => step)).toEqual(expect.arrayContaining(['group:main', 'gateway-switch']));
    await expectNothingLeft();
  },
  15 * minutes,
);

const brokenListener = gatewayFilter('broken-listener', {
  value: luaFilter('this is not Lua'),
  labels: { 'istio.io/rev': revisions.new },
  gateway: 'ingress',
});

const strict = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-config
spec:
  mtls: { mode: STRICT }
`;

const tightBudget = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: tight, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: tight } }
  strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
  template:
    metadata: { labels: { app: tight } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: tight, image: '${loadImage}', imagePullPolicy: IfNotPresent, command: [sh, -c, 'sleep 86400'] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: tight, namespace: shop }
spec:
  minAvailable: 2
  selector: { matchLabels: { app: tight } }
`;
