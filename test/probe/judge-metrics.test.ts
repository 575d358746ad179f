import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeMetric, worseAnswer } from '../../src/probe/judge-metrics.ts';

const query = { name: 'errors', query: 'sum(errors)', max: 1 };

describe('an answer of Prometheus', () => {
  const about = { name: 'errors', phase: 'upgrade' };

  test.each([
    ['inside its bounds', { max: 1 }, [0, 1], { result: 'pass', value: 1 }],
    ['above them', { max: 1 }, [0, 3], { result: 'fail', value: 3, reason: 'errors: 3 is above 1 in phase upgrade' }],
    [
      'below them',
      { min: 0.5, max: 1 },
      [0.7, 0.2],
      { result: 'fail', value: 0.2, reason: 'errors: 0.2 is below 0.5 in phase upgrade' },
    ],
    [
      'of no element',
      { max: 1 },
      [],
      { result: 'inconclusive', reason: 'errors: Prometheus has nothing for sum(errors) in phase upgrade' },
    ],
    [
      'that is no number',
      { max: 1 },
      [0, Number.NaN],
      { result: 'inconclusive', reason: 'errors: Prometheus answers NaN for sum(errors) in phase upgrade' },
    ],
    ['without end', { max: 1 }, [Infinity], { result: 'fail', reason: 'errors: Infinity is above 1 in phase upgrade' }],
    ['without end, where there is no upper bound', { min: 0 }, [Infinity], { result: 'pass' }],
  ])('%s', (_what, bounds, values, answer) => {
    const asked = { name: 'errors', query: 'sum(errors)', ...bounds };
    expect(judgeMetric(asked, { phase: 'upgrade', values })).toEqual({ ...about, ...answer });
  });

  test('that does not come is no pass', () => {
    expect(judgeMetric(query, { phase: 'upgrade', values: { silent: 'ECONNREFUSED' } })).toEqual({
      name: 'errors',
      phase: 'upgrade',
      result: 'inconclusive',
      reason: 'errors: Prometheus is silent in phase upgrade: ECONNREFUSED',
    });
  });

  test('outside its bounds before the change is not the change’s', () => {
    const before = judgeMetric(query, { phase: 'before', values: [5] });
    expect(before).toMatchObject({
      result: 'inconclusive',
      reason: 'errors: 5 is above 1 in phase before: it is so before anything is changed',
    });
    expect(judgeMetric(query, { phase: 'upgrade', values: [7], before })).toMatchObject({
      result: 'inconclusive',
      reason: 'errors: 7 is above 1 in phase upgrade; it was 5 before the change',
    });
  });

  test('passes only where every element is inside', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const { result } = judgeMetric({ ...query, min: -1 }, { phase: 'upgrade', values });
        expect(result === 'pass').toBe(values.length > 0 && values.every((value) => value >= -1 && value <= 1));
      }),
    );
  });

  test('replaces the earlier one of its phase, unless that said more against it', () => {
    const of = (value: number) => judgeMetric(query, { phase: 'upgrade', values: [value] });
    expect(worseAnswer(of(5), of(0))).toEqual(of(5));
    expect(worseAnswer(of(0), of(5))).toEqual(of(5));
    expect(worseAnswer(of(0), of(1))).toEqual(of(1));
  });
});
