import { describe, expect, test } from 'vitest';
import { judgeProbe } from '../../src/probe/judge-probe.ts';
import type { Sample } from '../../src/probe/sample.ts';
import { judged, samples } from '../support/samples.ts';

const thresholds = { success: 100, minimum: 50, medianSlowdown: 3, slowdown: 10, noise: 50 };

/** Thirty seconds at 5 ms, and thirty in which a target and the control take as long as that. */
const through = (shop: Partial<Sample>, machine: Partial<Sample>) =>
  judgeProbe(
    judged(
      [
        { name: 'before', seconds: 30, sent: bothOf({}, {}) },
        { name: 'upgrade', seconds: 30, sent: bothOf(shop, machine) },
      ],
      {
        thresholds,
        sources: [
          { target: 'shop', rate: 10 },
          { target: 'machine', rate: 10, isControl: true },
        ],
      },
    ),
  );

const bothOf = (shop: Partial<Sample>, machine: Partial<Sample>) => ({
  shop: (from: number) => samples(300, { from, ...shop }),
  machine: (from: number) => samples(300, { from, ...machine }),
});

describe('a target that became slow', () => {
  test('fails where the machine did not', () => {
    expect(through({ latency: 400 }, {})).toEqual({
      result: 'fail',
      reasons: [
        'shop: the median is 400 ms in phase upgrade, 80 times the 5 ms of before; at most 3 times, or 50 ms more, are allowed',
        'the 99th percentile rose in phase upgrade by no more than is allowed: shop 5 → 400 ms',
      ],
    });
  });

  test('is excused by as much as the machine became slower, ten times over, and it is said', () => {
    const { result, reasons } = through({ latency: 400 }, { latency: 45 });
    expect(result).toBe('pass');
    expect(reasons).toContain('the median rose in phase upgrade by no more than is allowed: shop 5 → 400 ms');
  });

  test('fails soon, though what was sent last has not ended yet', () => {
    const shop = (count: number, latency: number) => (from: number) => samples(count, { from, rate: 5, latency });
    const { result, reasons } = judgeProbe(
      judged(
        [
          { name: 'before', seconds: 20, sent: { shop: shop(100, 5) } },
          { name: 'upgrade', seconds: 16, sent: { shop: shop(80, 4000) } },
        ],
        { thresholds, sources: [{ target: 'shop', rate: 5 }] },
      ),
    );
    expect(result).toBe('fail');
    expect(reasons[0]).toMatch(/^shop: the median is 4000 ms in phase upgrade/);
  });

  test('fails where it became slower by far more than the machine did', () => {
    expect(through({ latency: 4000 }, { latency: 45 }).result).toBe('fail');
  });
});

test('requests that no proxy carries and that fail say nothing about the change', () => {
  const { result, reasons } = through({}, { failure: 'status 503' });
  expect(result).toBe('inconclusive');
  expect(reasons).toEqual([
    expect.stringMatching(/^machine: 300 of 300 .*no proxy is on its way: the machine lost it$/),
  ]);
});
