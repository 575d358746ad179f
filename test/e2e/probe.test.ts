import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { prometheusMetrics } from '../../src/adapters/prometheus/prometheus.ts';
import { readiness } from '../../src/apply/readiness.ts';
import type { ProbePolicy } from '../../src/mesh/probe-policy.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { type ProbeRun, startProbe } from '../../src/probe/probe-run.ts';
import type { TrafficSource } from '../../src/probe/traffic-source.ts';
import { type StartedKind, startKind } from '../support/kind.ts';
import { httpTarget, keptReport, probePolicy } from '../support/probes.ts';
import { runProcess } from '../support/run-process.ts';
import { until } from '../support/until.ts';
import { workload } from '../support/workloads.ts';

/** Answers on port 8080; the cluster can pull it, or has it. */
const echoImage = process.env.E2E_ECHO_IMAGE ?? 'registry.k8s.io/e2e-test-images/agnhost:2.53';
/** Holds vegeta and a shell. */
const loadImage = process.env.E2E_LOAD_IMAGE ?? 'docker.io/peterevans/vegeta:6.9.1';

const namespace = 'default';
const jobs = { apiVersion: 'batch/v1', kind: 'Job' };
const pods = { apiVersion: 'v1', kind: 'Pod' };
const ours = { namespace, labelSelector: 'istio-delivery/probe' };

describe('a probe', () => {
  let kind: StartedKind;

  const policy = (more: Partial<ProbePolicy> = {}) =>
    probePolicy({
      targets: [httpTarget({ name: 'echo', url: 'http://echo.default:8080/' })],
      load: { image: loadImage, pullPolicy: 'IfNotPresent' },
      ...more,
    });
  const start = (
    more: Partial<ProbePolicy> = {},
    sources: TrafficSource[] = [],
    metrics: Metrics | undefined = undefined,
  ): Promise<ProbeRun> =>
    startProbe(kind.cluster, {
      policy: policy(more),
      sources,
      ...(metrics ? { metrics } : {}),
      namespace,
      startWithin: 20_000,
      clock: systemClock,
      reporter: keptReport().reporter,
      signal: new AbortController().signal,
    });
  const apply = (object: Parameters<StartedKind['cluster']['apply']>[0]) =>
    kind.cluster.apply(object, { fieldManager: 'team', dryRun: false, force: true });
  const scale = async (replicas: number) => {
    const server = { name: 'main', image: echoImage, args: ['netexec', '--http-port=8080'] };
    await apply(workload('Deployment', 'echo', namespace, { spec: { replicas }, podSpec: { containers: [server] } }));
  };
  const isReady = async (namespace: string, name: string) => {
    const deployment = await kind.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
    return deployment !== undefined && readiness(deployment).kind === 'ready';
  };
  const left = async () => [
    ...(await kind.cluster.list(jobs, ours)).items,
    ...(await kind.cluster.list(pods, ours)).items,
  ];
  const isGone = () => until('the probe is gone', async () => (await left()).length === 0);

  beforeAll(async () => {
    kind = await startKind('probe-e2e');
    await scale(1);
    const ports = [{ port: 8080, targetPort: 8080 }];
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo', namespace },
      spec: { selector: { app: 'echo' }, ports },
    });
    await until('the server is ready', () => isReady(namespace, 'echo'));
    await until('names resolve', () => isReady('kube-system', 'coredns'));
  });

  afterAll(() => kind?.stop());

  test('passes where every request is answered, and leaves nothing behind', async () => {
    const run = await start();
    await run.enter('upgrade');
    await run.check('nothing');
    const result = await run.stop();
    expect(result.verdict).toEqual({ result: 'pass', reasons: [] });
    expect(result.phases.map(({ name }) => name)).toEqual(['before', 'upgrade']);
    const [before, upgrade] = result.phases.map(({ targets }) => targets[0]);
    expect(before).toMatchObject({ target: 'echo', failed: 0, resets: 0 });
    expect(before?.requests).toBeGreaterThan(60);
    expect(upgrade?.requests).toBeGreaterThan(50);
    expect(upgrade?.p50).toBeGreaterThan(0);
    expect(result.seconds.echo?.length).toBeGreaterThan(5);
    expect(result.failures).toEqual([]);
    await isGone();
  });

  test('fails where the server goes, and names the target, the second and the reason', async () => {
    // Longer than a request may take, for some get no answer at all.
    const run = await start({ settle: 15 });
    await run.enter('upgrade');
    await scale(0);
    const failure = await run.check('the change').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'TrafficFailed' });
    expect(String(failure)).toMatch(/echo: \d+ of \d+ requests failed in phase upgrade, the first at 20\S+Z with: \w+/);
    const result = await run.stop();
    expect(result.verdict.result).toBe('fail');
    expect(result.failures[0]).toMatchObject({ target: 'echo', count: expect.any(Number) });
    await scale(1);
    await until('the server is ready', () => isReady(namespace, 'echo'));
    await isGone();
  });

  test('says nothing of a server that was away before the change', async () => {
    const gone = httpTarget({ name: 'gone', url: 'http://gone.default:8080/' });
    const run = await start({ targets: [gone] });
    await run.enter('upgrade');
    await expect(run.check('the change')).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringMatching(/gone: .*lookup gone\.default/),
    });
    await run.stop();
  });

  test('is inconclusive where its image cannot be had, and says so', async () => {
    const run = await start({ load: { image: 'registry.invalid/load:1', pullPolicy: 'IfNotPresent' } });
    await run.enter('upgrade');
    await expect(run.check('the change')).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringMatching(/container echo waits: (ErrImagePull|ImagePullBackOff)/),
    });
    expect((await run.stop()).verdict.result).toBe('inconclusive');
    await isGone();
  });

  test('is inconclusive where a source ends, with how it ended and what it said', async () => {
    const source = { target: 'stream', rate: 1, image: loadImage, pullPolicy: 'IfNotPresent' } as const;
    const run = await start({}, [
      { ...source, command: ['sh', '-c'], args: ['echo "no such stream: $A"; exit 3'], env: { A: '$(B)' } },
    ]);
    const { verdict } = await run.stop();
    expect(verdict.result).toBe('inconclusive');
    expect(verdict.reasons.join()).toMatch(
      /container stream of pod \S+ ended: Error \(exit code 3\); it said: no such stream: \$\(B\)/,
    );
  });

  test('asks for exactly what its target says', async () => {
    const target = httpTarget({
      url: 'http://echo.default:8080/?a=$(HOME)&b=%24HOME&c=\'"`id`',
      headers: { 'x-a': '$HOME\'"' },
    });
    const run = await start({ targets: [{ ...target, name: 'echo' }] });
    await run.enter('upgrade');
    await run.check('nothing');
    expect((await run.stop()).verdict.result).toBe('pass');
  });

  test('asks a Prometheus inside the cluster through the API server', async () => {
    const ask = (url: string) =>
      prometheusMetrics({ url, cluster: kind, signal: new AbortController().signal }).query('up');
    // The server answers, though not as a Prometheus does.
    await expect(ask('service://default/echo:8080')).rejects.toThrow(/does not answer: HTTP (200|404): (?!services)/);
    await expect(ask('service://default/nobody:8080')).rejects.toThrow('HTTP 404: services "nobody" not found');
  });

  test('is inconclusive where Prometheus is away, though every request is answered', async () => {
    const url = 'service://default/prometheus:9090';
    const prometheus = { url, queries: [{ name: 'errors', query: 'sum(errors)', max: 0 }] };
    const metrics = prometheusMetrics({ url, cluster: kind, signal: new AbortController().signal });
    const run = await start({ prometheus }, [], metrics);
    await run.enter('upgrade');
    await expect(run.check('the change')).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringMatching(
        /errors: Prometheus is silent in phase upgrade: .*services "prometheus" not found/,
      ),
    });
    const { verdict, phases } = await run.stop();
    expect(verdict.result).toBe('inconclusive');
    expect(phases.flatMap(({ targets }) => targets).filter(({ failed }) => failed > 0)).toEqual([]);
  });

  test('ends its traffic when the run is interrupted', async () => {
    const interrupted = new AbortController();
    const started = startProbe(kind.cluster, {
      policy: policy({ baseline: 60 }),
      namespace,
      clock: systemClock,
      reporter: keptReport().reporter,
      signal: interrupted.signal,
    });
    setTimeout(() => interrupted.abort(new Error('stopped')), 4_000);
    await expect(started).rejects.toThrow('stopped');
    await isGone();
  });

  test('ends what a run that was killed has left', async () => {
    const entry = join(import.meta.dirname, '..', 'support', 'probe-entry.ts');
    const words = [entry, kind.kubeconfig, kind.context, namespace, JSON.stringify(policy())];
    const { stdout } = await runProcess(words, {
      onOutput: (printed, kill) => printed.includes('measures') && kill('SIGKILL'),
    });
    expect(stdout).toContain('measures');
    await sleep(1_000);
    const [orphan] = (await kind.cluster.list(jobs, ours)).items;
    expect(orphan).toBeDefined();
    const run = await start();
    const names = (await kind.cluster.list(jobs, ours)).items.map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(1);
    expect(names).not.toContain(orphan?.metadata.name);
    await run.enter('upgrade');
    await run.check('nothing');
    await run.stop();
    await isGone();
  });
});
