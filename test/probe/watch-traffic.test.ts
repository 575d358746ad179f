import { describe, expect, test } from 'vitest';
import type { ProbePolicy } from '../../src/mesh/probe-policy.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { WatchedChange } from '../../src/ports/traffic.ts';
import type { ProxySources } from '../../src/probe/checks/ask-checks.ts';
import { watchTraffic } from '../../src/probe/watch-traffic.ts';
import { type Ends, probedCluster } from '../support/probed-cluster.ts';
import { httpTarget, keptReport, probePolicy } from '../support/probes.ts';

const good: Ends = () => ({ latency: 5 });
const refused: Ends = () => ({ latency: 1, error: 'status 503' });

interface Options {
  policy?: Partial<ProbePolicy>;
  metrics?: Metrics;
  proxySources?: ProxySources;
  signal?: AbortSignal;
}

function watch(change: WatchedChange, { policy = {}, metrics, proxySources, signal }: Options = {}) {
  const probed = probedCluster();
  const kept = keptReport();
  const traffic = watchTraffic(probed.cluster, change, {
    policy: probePolicy({ targets: [httpTarget({ rate: 10 })], baseline: 10, settle: 5, ...policy }),
    namespace: 'istio-system',
    ...(metrics ? { metrics } : {}),
    ...(proxySources ? { proxySources } : {}),
    clock: probed.clock,
    reporter: kept.reporter,
    signal: signal ?? new AbortController().signal,
  });
  return { ...probed, ...kept, traffic };
}

describe('the watch of an upgrade', () => {
  test('passes, tells what it has measured, and leaves nothing behind', async () => {
    const { traffic, jobs, lines } = watch('upgrade');
    expect(jobs()).toEqual([]);
    await traffic.begin();
    await traffic.begin();
    expect(jobs()).toHaveLength(1);
    await traffic.check('group:canary');
    await traffic.check('default');
    const result = await traffic.stop();
    expect(jobs()).toEqual([]);
    expect(result?.verdict).toEqual({ result: 'pass', reasons: [] });
    expect(result?.phases.map(({ name, targets }) => [name, targets[0]?.requests])).toEqual([
      ['before', 100],
      ['upgrade', 100],
    ]);
    expect(lines).toEqual([
      'dev · probe after group:canary: 0 of 50 requests failed',
      'dev · probe after default: 0 of 100 requests failed',
    ]);
  });

  test('fails after the step since which requests fail', async () => {
    const { traffic, ends } = watch('upgrade');
    await traffic.begin();
    await traffic.check('config');
    ends(refused);
    await expect(traffic.check('group:canary')).rejects.toMatchObject({
      code: 'TrafficFailed',
      kind: 'failed',
      message:
        'traffic of cluster dev is not well after group:canary: shop: 50 of 100 requests failed in phase upgrade, the first at 2026-03-01T12:00:15Z with: status 503. Nothing was taken back: mend the cause and resume, which measures a new baseline, or roll the upgrade back',
    });
    const result = await traffic.stop();
    expect(result?.verdict.result).toBe('fail');
    expect(result?.failures[0]).toEqual({
      target: 'shop',
      at: '2026-03-01T12:00:15Z',
      reason: 'status 503',
      count: expect.any(Number),
    });
  });

  test('does not let a mesh be moved whose traffic is not well', async () => {
    const { traffic, ends } = watch('upgrade');
    ends(refused);
    await expect(traffic.begin()).rejects.toMatchObject({
      code: 'TrafficUnknown',
      retryable: true,
      message: expect.stringMatching(
        /^upgrade of cluster dev did not go on, .*shop: 100 of 100 requests failed in phase before.*it fails before anything is changed\. Mend that and resume/,
      ),
    });
    expect((await traffic.stop())?.verdict.result).toBe('inconclusive');
  });

  test('does not let it be moved where nothing is measured, and says why', async () => {
    const { traffic, podStatus, jobs } = watch('upgrade');
    podStatus({
      containerStatuses: [{ name: 'shop', state: { waiting: { reason: 'ErrImageNeverPull', message: 'not there' } } }],
    });
    await expect(traffic.begin()).rejects.toThrow(
      /shop: no request was measured in phase before \(0 s\): pod istio-system\/\S+: container shop waits: ErrImageNeverPull, not there/,
    );
    await traffic.stop();
    expect(jobs()).toEqual([]);
  });

  test('is no pass when its requests break off', async () => {
    const { traffic, ends } = watch('upgrade', { policy: { settle: 30 } });
    await traffic.begin();
    let sent = 0;
    ends(() => {
      sent += 1;
      return sent <= 240 ? { latency: 5 } : undefined;
    });
    await expect(traffic.check('default')).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringContaining('shop: no request has ended in the last 6 s of phase upgrade'),
    });
  });

  test('counts no request twice when its log is cut', async () => {
    const { traffic, cut } = watch('upgrade');
    await traffic.begin();
    cut();
    await traffic.check('config');
    cut();
    await traffic.check('default');
    const result = await traffic.stop();
    expect(result?.phases.map(({ targets }) => targets[0]?.requests)).toEqual([100, 100]);
  });

  test('ends with the run when that is interrupted', async () => {
    const interrupted = new AbortController();
    const { traffic, ends, jobs } = watch('upgrade', { signal: interrupted.signal });
    ends((_target, sent) => {
      if (sent > Date.parse('2026-03-01T12:00:03Z')) interrupted.abort(new Error('stopped'));
      return { latency: 5 };
    });
    await expect(traffic.begin()).rejects.toThrow('stopped');
    expect(await traffic.stop()).toBeUndefined();
    expect(jobs()).toEqual([]);
  });

  test('that never began has nothing to tell', async () => {
    expect(await watch('upgrade').traffic.stop()).toBeUndefined();
  });

  test('judges every target', async () => {
    const targets = ['shop', 'pay'].map((name) => httpTarget({ name, rate: 10 }));
    const { traffic, ends } = watch('upgrade', { policy: { targets } });
    await traffic.begin();
    ends((target, sent) => (target === 'pay' ? refused(target, sent) : good(target, sent)));
    await expect(traffic.check('default')).rejects.toThrow(/after default: pay: 50 of 50 requests failed/);
    expect((await traffic.stop())?.failures.every(({ target }) => target === 'pay')).toBe(true);
  });
});

describe('the watch of a promotion', () => {
  test('lets one go on that may mend the traffic, and is no pass all the same', async () => {
    const { traffic, ends, warnings } = watch('promotion');
    ends(refused);
    await traffic.begin();
    expect(warnings[0]).toMatch(/^dev · probe: shop: 100 of 100 requests failed in phase before/);
    ends(good);
    await expect(traffic.check('the promotion')).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringContaining('mend the cause and promote again, which measures a new baseline'),
    });
  });
});

describe('the watch of a rollback', () => {
  test('judges what it leads to, whatever was before it', async () => {
    const { traffic, ends, clock } = watch('rollback');
    ends(refused);
    await traffic.begin();
    await clock.sleep(5_000);
    ends(good);
    await traffic.check('the rollback');
    const result = await traffic.stop();
    expect(result?.verdict).toEqual({ result: 'pass', reasons: [] });
    expect(result?.phases.map(({ name }) => name)).toEqual(['after']);
    expect(result?.seconds.shop?.some(({ failed }) => failed > 0)).toBe(true);
  });

  test('fails where it leads to nothing good', async () => {
    const { traffic, ends } = watch('rollback');
    ends(refused);
    await expect(traffic.check('the rollback')).rejects.toMatchObject({
      code: 'TrafficFailed',
      message: expect.stringContaining('roll back again'),
    });
  });
});

describe('the questions to Prometheus', () => {
  const prometheus = { url: 'http://prometheus', queries: [{ name: 'errors', query: 'sum(errors)', max: 1 }] };
  const answering = (...values: number[]): Metrics => ({
    query: async () => [values.length > 1 ? (values.shift() ?? 0) : (values[0] ?? 0)],
  });

  test('are asked at the end of each phase', async () => {
    const { traffic } = watch('upgrade', { policy: { prometheus }, metrics: answering(0, 1) });
    await traffic.begin();
    await traffic.check('default');
    expect((await traffic.stop())?.metrics).toEqual([
      { name: 'errors', phase: 'before', value: 0, result: 'pass' },
      { name: 'errors', phase: 'upgrade', value: 1, result: 'pass' },
    ]);
  });

  test('fail a change that worsens an answer, and keep the worst of a phase', async () => {
    const { traffic } = watch('upgrade', { policy: { prometheus }, metrics: answering(0, 5, 0) });
    await traffic.begin();
    await expect(traffic.check('default')).rejects.toMatchObject({
      code: 'TrafficFailed',
      message: expect.stringContaining('errors: 5 is above 1 in phase upgrade'),
    });
    expect((await traffic.stop())?.metrics.at(-1)).toMatchObject({ phase: 'upgrade', value: 5, result: 'fail' });
  });

  test('are no pass where nobody answers', async () => {
    const away: Metrics = { query: () => Promise.reject(new Error('ECONNREFUSED')) };
    const { traffic } = watch('upgrade', { policy: { prometheus }, metrics: away });
    await expect(traffic.begin()).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringContaining('errors: Prometheus is silent in phase before: ECONNREFUSED'),
    });
  });
});

describe('what is looked at beside the requests', () => {
  const lookingAt = (sources: { synced: boolean }) => ({
    policy: { checks: ['proxies' as const] },
    proxySources: {
      proxies: {
        connected: async () => [
          { pod: 'a', namespace: 'shop', version: '1.31.0', ...sources, reason: 'LDS was rejected' },
        ],
      },
      certificates: { of: async () => undefined },
    },
  });

  test('fails a change that proxies refuse, though every request is answered', async () => {
    const proxies = { synced: true };
    const { traffic } = watch('promotion', lookingAt(proxies));
    await traffic.begin();
    proxies.synced = false;
    await expect(traffic.check('the promotion')).rejects.toMatchObject({
      code: 'TrafficFailed',
      message: expect.stringContaining('proxies in phase promotion: Pod shop/a is not in sync: LDS was rejected'),
    });
    expect((await traffic.stop())?.checks.map(({ phase, result }) => [phase, result])).toEqual([
      ['before', 'pass'],
      ['promotion', 'fail'],
    ]);
  });

  test('blames no rollback for proxies that were in trouble when it began', async () => {
    const { traffic } = watch('rollback', lookingAt({ synced: false }));
    await traffic.check('the rollback');
    expect((await traffic.stop())?.checks).toMatchObject([
      {
        phase: 'after',
        result: 'pass',
        facts: expect.stringContaining('as before the change: Pod shop/a is not in sync'),
      },
    ]);
  });

  test('does not let a mesh be moved where proxies are in trouble, and lets a promotion mend it', async () => {
    const proxies = { synced: false };
    const upgrade = watch('upgrade', lookingAt(proxies));
    await expect(upgrade.traffic.begin()).rejects.toMatchObject({
      code: 'TrafficUnknown',
      message: expect.stringContaining('LDS was rejected: it is so before anything is changed'),
    });
    const promotion = watch('promotion', lookingAt(proxies));
    await promotion.traffic.begin();
    expect(promotion.warnings[0]).toContain('LDS was rejected');
    proxies.synced = true;
    await promotion.traffic.check('the promotion');
    expect((await promotion.traffic.stop())?.verdict.result).toBe('pass');
  });
});
