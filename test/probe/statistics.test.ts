import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentile, probeStatistics } from '../../src/probe/statistics.ts';
import { samples, start } from '../support/samples.ts';

describe('percentiles', () => {
  test.each([
    [[], 99, 0],
    [[7], 50, 7],
    [[1, 2], 50, 1],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90, 9],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 99, 10],
    [[1, 2, 3], 100, 3],
  ])('of %j: %i is %d', (values, percent, expected) => {
    expect(percentile(Float64Array.from(values), percent)).toBe(expected);
  });

  test('are one of the values, with at least so many percent not above it, and fewer below it', () => {
    const values = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(50, 90, 99, 100), (all, percent) => {
        const value = percentile(Float64Array.from(all).sort(), percent);
        expect(all).toContain(value);
        const share = (count: number) => (count / all.length) * 100;
        expect(share(all.filter((each) => each <= value).length)).toBeGreaterThanOrEqual(percent - 1e-9);
        expect(share(all.filter((each) => each < value).length)).toBeLessThan(percent);
      }),
    );
  });
});

describe('the statistics of a probe', () => {
  test('count a request in the phase in which it ended, and in the second in which it was sent', () => {
    const statistics = probeStatistics(['shop']);
    statistics.enter('before', start);
    statistics.enter('upgrade', start + 10_000);
    statistics.add('shop', { at: start + 9_990, latency: 5 });
    statistics.add('shop', { at: start + 9_990, latency: 2_000, failure: 'status 503' });
    const [before, upgrade] = statistics.phases(start + 20_000).map(({ targets }) => targets[0]);
    expect(before).toMatchObject({ requests: 1, failed: 0, p50: 5 });
    expect(upgrade).toMatchObject({
      requests: 1,
      failed: 1,
      firstFailure: { at: start + 9_990, reason: 'status 503' },
    });
    expect(statistics.seconds().shop).toEqual([
      { at: start + 9_000, requests: 2, failed: 1, p50: 5, p99: 2000, max: 2000 },
    ]);
  });

  test('leave out of every phase what ended before the first and between two', () => {
    const statistics = probeStatistics(['shop']);
    statistics.add('shop', { at: start, latency: 5 });
    statistics.enter('before', start + 1_000);
    statistics.leave(start + 2_000);
    statistics.add('shop', { at: start + 2_500, latency: 5 });
    statistics.enter('after', start + 3_000);
    expect(statistics.phases(start + 4_000).map(({ targets }) => targets[0]?.requests)).toEqual([0, 0]);
    expect(statistics.seconds().shop).toHaveLength(2);
  });

  test('tell of a target that was never answered', () => {
    const statistics = probeStatistics(['shop']);
    statistics.enter('before', start);
    expect(statistics.phases(start + 1_000)).toEqual([
      {
        name: 'before',
        from: start,
        to: start + 1_000,
        targets: [
          {
            target: 'shop',
            requests: 0,
            failed: 0,
            resets: 0,
            throughput: 0,
            p50: 0,
            p90: 0,
            p99: 0,
            max: 0,
            changes: [],
          },
        ],
      },
    ]);
  });

  test.each([
    ['read: connection reset by peer', 1],
    ['EOF', 1],
    ['unexpected EOF', 1],
    ['write: broken pipe', 1],
    ['http2: server sent GOAWAY and closed the connection', 1],
    ['status 503', 0],
    ['context deadline exceeded', 0],
  ])('take "%s" for a cut connection: %i', (failure, resets) => {
    const statistics = probeStatistics(['shop']);
    statistics.enter('before', start);
    statistics.add('shop', { at: start, latency: 1, failure });
    expect(statistics.phases(start + 1_000)[0]?.targets[0]).toMatchObject({ failed: 1, resets });
  });

  test('put the failures of one second and reason together, and keep the first thousand', () => {
    const statistics = probeStatistics(['shop']);
    for (let index = 0; index < 1_500; index += 1) {
      for (let twice = 0; twice < 2; twice += 1) {
        statistics.add('shop', { at: start + index * 1000 + twice, latency: 1, failure: 'status 503' });
      }
    }
    const failures = statistics.failures();
    expect(failures).toHaveLength(1_000);
    expect(failures[0]).toEqual({ target: 'shop', at: '2026-03-01T12:00:00Z', reason: 'status 503', count: 2 });
  });

  test('answer for a million requests within seconds', { timeout: 10_000 }, () => {
    const statistics = probeStatistics(['shop']);
    statistics.enter('upgrade', start);
    for (let index = 0; index < 1_000_000; index += 1) {
      statistics.add('shop', { at: start + index * 20, latency: (index % 1000) + 1 });
    }
    const [phase] = statistics.phases(start + 20_000_000 + 1_000);
    expect(phase?.targets[0]).toMatchObject({ requests: 1_000_000, p50: 500, p90: 900, p99: 990, max: 1000 });
    expect(statistics.seconds().shop).toHaveLength(20_000);
  });

  test('count every request once, whatever its order', () => {
    const order = fc.shuffledSubarray(samples(40), { minLength: 40 });
    fc.assert(
      fc.property(order, (shuffled) => {
        const statistics = probeStatistics(['shop']);
        statistics.enter('before', start);
        statistics.enter('upgrade', start + 2_000);
        for (const sample of shuffled) statistics.add('shop', sample);
        expect(statistics.phases(start + 5_000).map(({ targets }) => targets[0]?.requests)).toEqual([20, 20]);
        expect(statistics.seconds().shop?.map(({ requests }) => requests)).toEqual([10, 10, 10, 10]);
      }),
    );
  });
});
