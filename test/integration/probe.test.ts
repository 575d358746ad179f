import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { trafficOf } from '../../src/jobs/traffic-of.ts';
import type { ProbePolicy } from '../../src/mesh/probe-policy.ts';
import { readPromotionRecord } from '../../src/plan/cluster-state.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { askChecks } from '../../src/probe/checks/ask-checks.ts';
import { watchTraffic } from '../../src/probe/watch-traffic.ts';
import { rolled } from '../support/acme.ts';
import { deciding } from '../support/bundles.ts';
import { deliverTo } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { httpTarget, keptReport, probePolicy } from '../support/probes.ts';
import { proxySources } from '../support/proxy-sources.ts';
import { scriptedWatch } from '../support/scripted-watch.ts';
import { until } from '../support/until.ts';
import { renderBoth, smallMesh, upgradeTo } from '../support/upgrade.ts';
import { deployReady, teamsOf } from '../support/upgrade-story.ts';

const namespace = 'istio-system';
const jobs = { apiVersion: 'batch/v1', kind: 'Job' };
const ours = { namespace, labelSelector: 'istio-delivery/probe' };

/** A mesh from its first promotion on: every part finds it as the parts before have left it. */
describe('traffic that is watched', () => {
  let embedded: Embedded;
  let cluster: Cluster;
  let delivery: ReturnType<typeof deliverTo>;
  let bundles: { old: Bundle; new: Bundle };

  /** The bundle with the probe in it, and what the jobs make of that; its pods print nothing here. */
  const probed = (bundle: Bundle, more: Partial<ProbePolicy> = {}) => {
    const probe = probePolicy({ targets: [httpTarget()], baseline: 1, settle: 1, ...more });
    const withProbe = deciding(bundle, { probe });
    const context = { clock: systemClock, reporter: keptReport().reporter, signal: new AbortController().signal };
    const sourcesOf = (target: { context: string }) => proxySources(embedded, target);
    return {
      bundle: withProbe,
      ...trafficOf(withProbe.manifest, { kubeconfig: embedded.kubeconfig, sourcesOf }, context),
    };
  };
  const left = async () => (await cluster.list(jobs, ours)).items.map(({ metadata }) => metadata.name);
  const promoted = async () => (await readPromotionRecord(cluster, namespace))?.current?.bundle;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    cluster = embedded.cluster('dev');
    delivery = deliverTo(cluster, 'dev');
    bundles = await renderBoth(embedded);
  });

  afterAll(() => embedded?.stop());

  describe('by a promotion', () => {
    test('is not there yet at the first one', async () => {
      const { watchTraffic, asked } = scriptedWatch();
      const kept = keptReport();
      const { outcome } = await delivery.promote(bundles.old, { watchTraffic, reporter: kept.reporter });
      expect(outcome.result).toBe('promoted');
      expect(asked).toEqual([]);
      expect(kept.lines).toContain('dev · probe: left out, for nothing was promoted here before');
      await deployReady(cluster, teamsOf(smallMesh));
    });

    test('is left alone where nothing changes', async () => {
      const { watchTraffic, asked } = scriptedWatch();
      const { outcome } = await delivery.promote(bundles.old, { watchTraffic });
      expect(outcome).not.toHaveProperty('probe');
      expect(outcome.result).toBe('unchanged');
      expect(asked).toEqual([]);
    });

    test('stops it before its first write where it cannot be measured, and says why', async () => {
      const { bundle, watchTraffic } = probed(rolled(bundles.old, 'egress', 'probed'));
      const { outcome, writes } = await delivery.promote(bundle, watchTraffic ? { watchTraffic } : {});
      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'TrafficUnknown',
        kind: 'failed',
        reason: expect.stringMatching(
          /promotion of cluster dev did not go on, .*shop: no request was measured in phase before .*: \w+.*promote again/,
        ),
        probe: { verdict: { result: 'inconclusive' }, phases: [{ name: 'before' }] },
      });
      expect(writes.map(({ object }) => object).filter((object) => !/^(Lease|Job) /.test(object))).toEqual([]);
      expect(await promoted()).toBe(bundles.old.manifest.digest);
      expect(await left()).toEqual([]);
    });

    test('that is not well after it leaves it unfinished, to be judged again without a change', async () => {
      const next = rolled(bundles.old, 'egress', 'watched');
      const failing = scriptedWatch({ 'check the promotion': 'TrafficFailed' });
      const { outcome } = await delivery.promote(next, { watchTraffic: failing.watchTraffic });
      expect(outcome).toMatchObject({ result: 'failed', code: 'TrafficFailed', probe: { phases: [] } });
      expect(failing.asked).toEqual(['begin promotion', 'check the promotion', 'stop']);
      expect(await promoted()).toBe(bundles.old.manifest.digest);

      const well = scriptedWatch();
      const again = await delivery.promote(next, { watchTraffic: well.watchTraffic });
      expect(again.outcome).toMatchObject({ result: 'promoted', probe: { verdict: { result: 'pass' } } });
      expect(again.writes.filter(({ object }) => object.startsWith('Deployment'))).toEqual([]);
      expect(well.asked).toEqual(['begin promotion', 'check the promotion', 'stop']);
      expect(await promoted()).toBe(next.manifest.digest);
      expect((await delivery.promote(bundles.old)).outcome.result).toBe('promoted');
    });
  });

  describe('by an upgrade', () => {
    test('is watched in the way that its approval covers', async () => {
      const digest = async (bundle: Bundle) => (await upgradeTo(embedded, bundle).plan()).digest;
      const plain = await digest(bundles.new);
      const watched = await digest(probed(bundles.new).bundle);
      expect(watched).not.toBe(plain);
      expect(await digest(probed(bundles.new).bundle)).toBe(watched);
      expect(await digest(probed(bundles.new, { baseline: 2 }).bundle)).not.toBe(watched);
    });

    test('stops it before its first step where it cannot be measured, and says why', async () => {
      const { bundle, watchTraffic } = probed(bundles.new);
      const outcome = await upgradeTo(embedded, bundle).run('start', watchTraffic ? { watchTraffic } : {});
      expect(outcome).toMatchObject({
        result: 'failed',
        code: 'TrafficUnknown',
        reason: expect.stringMatching(/upgrade of cluster dev did not go on, .*shop: no request was measured/),
        probe: { verdict: { result: 'inconclusive' } },
      });
      expect(outcome.journal?.steps.filter(({ status }) => status !== 'pending').map(({ step }) => step)).toEqual([
        'preflight',
      ]);
      expect(await left()).toEqual([]);
    });

    test('is looked at after every step that requests come through, and stops it there', async () => {
      const { watchTraffic, asked } = scriptedWatch({ 'check group:canary': 'TrafficFailed' });
      const outcome = await upgradeTo(embedded, probed(bundles.new).bundle).run('resume', { watchTraffic });
      expect(outcome).toMatchObject({ result: 'failed', code: 'TrafficFailed', probe: { phases: [] } });
      expect(asked).toEqual(['begin upgrade', 'check config', 'check group:canary', 'stop']);
      expect(outcome.journal?.failure).toMatchObject({ step: 'group:canary', code: 'TrafficFailed' });
      expect(outcome.journal?.steps.find(({ step }) => step === 'group:canary')?.status).toBe('running');
    });

    test('is measured anew by the run that goes on', async () => {
      const { watchTraffic, asked } = scriptedWatch();
      const outcome = await upgradeTo(embedded, probed(bundles.new).bundle).run('resume', { watchTraffic });
      expect(outcome).toMatchObject({ result: 'upgraded', probe: { verdict: { result: 'pass' } } });
      expect(asked).toEqual([
        'begin upgrade',
        'check group:canary',
        'check group:main',
        'check gateway-switch',
        'check default',
        'stop',
      ]);
      expect(outcome.journal?.failure).toBeUndefined();
    });

    test('is left alone where nothing is left to do, or somebody only looks', async () => {
      const { watchTraffic, asked } = scriptedWatch();
      for (const command of ['resume', 'status'] as const) {
        expect(await upgradeTo(embedded, bundles.new).run(command, { watchTraffic })).not.toHaveProperty('probe');
      }
      expect(asked).toEqual([]);
    });

    test('must be well at the end of a rollback, which is open until then', async () => {
      const failing = scriptedWatch({ 'check the rollback': 'TrafficFailed' });
      const outcome = await upgradeTo(embedded, bundles.new).run('rollback', { watchTraffic: failing.watchTraffic });
      expect(outcome).toMatchObject({ result: 'failed', code: 'TrafficFailed', journal: { state: 'open' } });
      expect(failing.asked).toEqual(['begin rollback', 'check the rollback', 'stop']);

      const well = scriptedWatch();
      const again = await upgradeTo(embedded, bundles.new).run('rollback', { watchTraffic: well.watchTraffic });
      expect(again).toMatchObject({ result: 'rolled back', probe: { verdict: { result: 'pass' } } });
      expect(well.asked).toEqual(['begin rollback', 'check the rollback', 'stop']);
    });

    test('is looked at after the retirement', async () => {
      const upgrade = upgradeTo(embedded, bundles.new);
      expect((await upgrade.run('start')).result).toBe('upgraded');
      const { watchTraffic, asked } = scriptedWatch();
      expect(await upgrade.run('finish', { watchTraffic })).toMatchObject({ result: 'finished' });
      expect(asked).toEqual(['begin upgrade', 'check retire', 'stop']);
    });
  });

  describe('by looks at proxies and injectors', () => {
    const looks = () =>
      askChecks(cluster, {
        names: ['proxies', 'webhooks'],
        namespace,
        sources: proxySources(embedded, { context: 'dev' }),
        clock: systemClock,
        signal: new AbortController().signal,
      });

    afterEach(() => embedded.faults('dev'));

    test('finds all of them well', async () => {
      const checks = looks();
      await checks.ask('before');
      expect(checks.answers()).toMatchObject([
        { name: 'proxies', result: 'pass', facts: expect.stringMatching(/^(\d+) of \1 proxies of 1-31-0-b have/) },
        { name: 'webhooks', result: 'pass', facts: 'the injectors of 1-31-0-b give a pod its proxy' },
      ]);
    });

    test('names a proxy that is lost, and an injector that does not answer', async () => {
      const checks = looks();
      await checks.ask('before');
      await embedded.faults(
        'dev',
        { kind: 'proxy', namespace: 'shop', name: 'web', failure: 'never-connects' },
        { kind: 'webhook', revision: '1-31-0-b', failure: 'unreachable' },
      );
      await checks.ask('upgrade');
      expect(checks.answers().filter(({ phase }) => phase === 'upgrade')).toMatchObject([
        {
          result: 'fail',
          facts: expect.stringMatching(/^Pod shop\/web-\S+ is not connected to an istiod of 1-31-0-b; /),
        },
        {
          result: 'fail',
          facts: expect.stringMatching(/^the injector of 1-31-0-b gives no proxy: .*connection refused/),
        },
      ]);
    });
  });

  describe('by a probe', () => {
    const options = (more: Partial<ProbePolicy> = {}) => ({
      policy: probePolicy({ baseline: 1, settle: 1, ...more }),
      namespace,
      startWithin: 3_000,
      clock: systemClock,
      reporter: keptReport().reporter,
      signal: new AbortController().signal,
    });

    test('whose run was killed ends with the next one', async () => {
      const metadata = { name: 'istio-delivery-probe-killed', namespace, labels: { 'istio-delivery/probe': 'killed' } };
      const pod = { restartPolicy: 'Never', containers: [{ name: 'shop', image: 'registry.example/load:1' }] };
      await cluster.create({ ...jobs, metadata, spec: { template: { spec: pod } } });
      const traffic = watchTraffic(cluster, 'rollback', options());
      await traffic.begin();
      expect(await left()).not.toContain(metadata.name);
      await traffic.stop();
      await until('the Jobs are gone', async () => (await left()).length === 0);
    });

    test('in a namespace that is not there says so', async () => {
      const load = { ...options().policy.load, namespace: 'nowhere' };
      const traffic = watchTraffic(cluster, 'upgrade', options({ load }));
      await expect(traffic.begin()).rejects.toThrow(/the Job that sends the requests cannot be created: .*nowhere/);
      await traffic.stop();
    });

    test('whose pod may not be created says so', async () => {
      await cluster.create({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'probes' },
      });
      await cluster.create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'none', namespace: 'probes' },
        spec: { hard: { pods: '0' } },
      });
      const traffic = watchTraffic(
        cluster,
        'upgrade',
        options({ load: { ...options().policy.load, namespace: 'probes' } }),
      );
      await expect(traffic.begin()).rejects.toThrow(/its pod cannot be created: FailedCreate: .*exceeded quota: none/);
      await traffic.stop();
    });

    test('runs under the strictest admission of pods', async () => {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'strict', labels } });
      const traffic = watchTraffic(
        cluster,
        'rollback',
        options({ load: { ...options().policy.load, namespace: 'strict' } }),
      );
      await traffic.begin();
      const where = { namespace: 'strict', labelSelector: 'istio-delivery/probe' };
      const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, where);
      expect(items).toHaveLength(1);
      expect(items[0]?.spec).toMatchObject({ containers: [{ name: 'shop' }] });
      await traffic.stop();
    });
  });
});
