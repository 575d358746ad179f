import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProbeSecond } from '../../src/ports/probe-result.ts';
import { latencyPoints } from '../../src/record/latency-points.ts';

const begin = Date.parse('2026-11-23T10:00:00Z');

function second(offset: number, overrides: Partial<ProbeSecond> = {}): ProbeSecond {
  return { at: begin + offset * 1000, requests: 10, failed: 0, p50: 4, p99: 9, max: 12, ...overrides };
}

describe('latencyPoints', () => {
  test('takes the median p50, the worst p99 and max, and the sums over the targets', () => {
    const { points, step } = latencyPoints(
      {
        one: [second(0, { failed: 1 }), second(1)],
        two: [second(0, { p50: 6, p99: 40, max: 41 }), second(1)],
        three: [second(0, { p50: 5, p99: 8, max: 300 }), second(1)],
      },
      600,
    );
    expect(step).toBe(1000);
    expect(points[0]).toEqual({ at: begin, requests: 30, failed: 1, latency: { p50: 5, p99: 40, max: 300 } });
  });

  test('has a point for a second in which nothing was asked, without a latency', () => {
    const idle = second(1, { requests: 0, p50: 0, p99: 0, max: 0 });
    const { points } = latencyPoints({ one: [second(0), idle, second(3)] }, 600);
    expect(points.map(({ latency }) => latency !== undefined)).toEqual([true, false, false, true]);
  });

  test('leaves out of the latency a target that was not asked', () => {
    const idle = second(0, { requests: 0, p50: 0, p99: 0, max: 0 });
    expect(latencyPoints({ one: [second(0)], two: [idle] }, 600).points[0]?.latency).toEqual({
      p50: 4,
      p99: 9,
      max: 12,
    });
  });

  test.each([
    [600, 300, 1000],
    [600, 3600, 10_000],
    [40, 300, 10_000],
    [253, 3600, 15_000],
    [600, 400_000, 1_200_000],
  ])('in at most %i points, %i seconds are drawn by %i ms', (most, length, step) => {
    const seconds = Array.from({ length }, (_, offset) => second(offset));
    const drawn = latencyPoints({ one: seconds }, most);
    expect(drawn.step).toBe(step);
    expect(drawn.points.length).toBeLessThanOrEqual(most);
  });

  test('has none for no seconds', () => {
    expect(latencyPoints({}, 600).points).toEqual([]);
    expect(latencyPoints({ one: [] }, 600).points).toEqual([]);
  });

  test('loses neither a request nor a peak, however the seconds are drawn together', () => {
    const measured = fc.record({
      offset: fc.nat(20_000),
      requests: fc.integer({ min: 1, max: 50 }),
      failed: fc.nat(5),
      max: fc.integer({ min: 1, max: 30_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(measured, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 2, max: 600 }),
        (list, most) => {
          const seconds = list.map(({ offset, ...rest }) => second(offset, rest));
          const { points } = latencyPoints({ one: seconds }, most);
          const sum = (items: { requests: number; failed: number }[], field: 'requests' | 'failed') =>
            items.reduce((total, item) => total + item[field], 0);
          expect(points.length).toBeLessThanOrEqual(most);
          expect(sum(points, 'requests')).toBe(sum(seconds, 'requests'));
          expect(sum(points, 'failed')).toBe(sum(seconds, 'failed'));
          expect(Math.max(...points.map(({ latency }) => latency?.max ?? 0))).toBe(
            Math.max(...seconds.map(({ max }) => max)),
          );
        },
      ),
    );
  });
});
