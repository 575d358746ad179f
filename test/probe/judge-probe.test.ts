import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JudgedProbe, judgeBaseline, judgeProbe } from '../../src/probe/judge-probe.ts';
import { judged, samples } from '../support/samples.ts';

type Send = (from: number) => ReturnType<typeof samples>;

const good: Send = (from) => samples(300, { from });
const slow: Send = (from) => samples(300, { from, latency: 300 });
const nothing: Send = () => [];
const few: Send = (from) => samples(10, { from });
const half: Send = (from) => samples(150, { from, rate: 5 });
const brokenOff: Send = (from) => samples(240, { from });
const refused =
  (count: number): Send =>
  (from) =>
    samples(300, { from }).map((sample, index) =>
      index >= 100 && index < 100 + count ? { ...sample, failure: 'status 503' } : sample,
    );

const through = (before: Send, upgrade: Send, more: Partial<JudgedProbe> = {}) =>
  judged(
    [
      { name: 'before', seconds: 30, sent: { shop: before } },
      { name: 'upgrade', seconds: 30, sent: { shop: upgrade } },
    ],
    more,
  );

const thresholds = { success: 100, minimum: 50 };

describe('a verdict', () => {
  test.each<[string, JudgedProbe, string, string[]]>([
    ['is a pass where nothing failed', through(good, good), 'pass', []],
    [
      'is a failure where one request failed, with the second and the reason',
      through(good, refused(1)),
      'fail',
      ['shop: 1 of 300 requests failed in phase upgrade, the first at 2026-03-01T12:00:40Z with: status 503'],
    ],
    [
      'tolerates what the threshold allows, and says so',
      through(good, refused(3), { thresholds: { ...thresholds, success: 99 } }),
      'pass',
      [
        'shop: 3 of 300 requests failed in phase upgrade, the first at 2026-03-01T12:00:40Z with: status 503, which is tolerated',
      ],
    ],
    [
      'is a failure just below the threshold',
      through(good, refused(4), { thresholds: { ...thresholds, success: 99 } }),
      'fail',
      ['shop: 4 of 300 requests failed in phase upgrade, the first at 2026-03-01T12:00:40Z with: status 503'],
    ],
    [
      'judges each target by its own thresholds where it has some',
      through(good, refused(3), {
        thresholds: { ...thresholds, success: 90 },
        sources: [{ target: 'shop', rate: 10, thresholds }],
      }),
      'fail',
      ['shop: 3 of 300 requests failed in phase upgrade, the first at 2026-03-01T12:00:40Z with: status 503'],
    ],
    [
      'is a failure where the median rose by more than it may, and the noise of a machine is no excuse',
      through(good, slow, { thresholds: { ...thresholds, medianSlowdown: 3, noise: 50 } }),
      'fail',
      [
        'shop: the median is 300 ms in phase upgrade, 60 times the 5 ms of before; at most 3 times, or 50 ms more, are allowed',
      ],
    ],
    [
      'is a pass where the median rose by no more than the noise of a machine',
      through(good, slow, { thresholds: { ...thresholds, medianSlowdown: 3, noise: 295 } }),
      'pass',
      [],
    ],
    [
      'allows the tail forty times the noise, and says that it rose',
      through(good, slow, { thresholds: { ...thresholds, slowdown: 10, noise: 8 } }),
      'pass',
      ['the 99th percentile rose in phase upgrade by no more than is allowed: shop 5 → 300 ms'],
    ],
    [
      'is a failure where the tail rose by more than that',
      through(good, slow, { thresholds: { ...thresholds, slowdown: 10, noise: 7 } }),
      'fail',
      [
        'shop: the 99th percentile is 300 ms in phase upgrade, 60 times the 5 ms of before; at most 10 times, or 280 ms more, are allowed',
      ],
    ],
    [
      'blames no change for what failed before it',
      through(refused(3), refused(200)),
      'inconclusive',
      [
        'shop: 3 of 300 requests failed in phase before, the first at 2026-03-01T12:00:10Z with: status 503: it fails before anything is changed',
      ],
    ],
    [
      'is never a pass for what failed before and is well now',
      through(refused(3), good),
      'inconclusive',
      [
        'shop: 3 of 300 requests failed in phase before, the first at 2026-03-01T12:00:10Z with: status 503: it fails before anything is changed',
      ],
    ],
    [
      'needs requests at all, and says why there are none',
      through(nothing, nothing, { sources: [{ target: 'shop', rate: 10, trouble: 'ErrImagePull' }] }),
      'inconclusive',
      [
        'shop: no request was measured in phase before (30 s): ErrImagePull',
        'shop: no request was measured in phase upgrade (30 s): ErrImagePull',
      ],
    ],
    [
      'needs a number of requests',
      through(good, few),
      'inconclusive',
      ['shop: 10 requests were measured in phase upgrade, at least 50 are needed to say anything'],
    ],
    [
      'needs most of the requests that were to be sent',
      through(good, half),
      'inconclusive',
      ['shop: 150 requests were measured in phase upgrade, 300 were to be sent (10 a second)'],
    ],
    [
      'needs requests to the end',
      through(good, brokenOff),
      'inconclusive',
      ['shop: no request has ended in the last 6.1 s of phase upgrade'],
    ],
    [
      'needs a source that still runs',
      through(good, (from) => samples(270, { from }), {
        sources: [{ target: 'shop', rate: 10, trouble: 'container shop ended' }],
      }),
      'inconclusive',
      ['shop: no request has ended in the last 3.1 s of phase upgrade: container shop ended'],
    ],
    [
      'bears a log that was cut a moment ago',
      through(good, (from) => samples(290, { from }), { sources: [{ target: 'shop', rate: 10, trouble: 'HTTP 500' }] }),
      'pass',
      [],
    ],
    [
      'is a failure of slowness above the threshold',
      through(good, slow, { thresholds: { ...thresholds, p99: 250 } }),
      'fail',
      ['shop: the 99th percentile is 300 ms in phase upgrade, above the threshold of 250 ms'],
    ],
    [
      'blames no change for what was slow before it',
      through(slow, slow, { thresholds: { ...thresholds, p99: 250 } }),
      'inconclusive',
      [
        'shop: the 99th percentile is 300 ms in phase upgrade, above the threshold of 250 ms; it was slow before (300 ms)',
      ],
    ],
    [
      'compares with the baseline where that is asked for',
      through(good, slow, { thresholds: { ...thresholds, slowdown: 3 } }),
      'fail',
      [
        'shop: the 99th percentile is 300 ms in phase upgrade, 60 times the 5 ms of before; at most 3 times are allowed',
      ],
    ],
    ['does not compare otherwise', through(good, slow), 'pass', []],
    [
      'is inconclusive after nothing but a baseline',
      judged([{ name: 'before', seconds: 30, sent: { shop: good } }]),
      'inconclusive',
      ['nothing was measured of the change itself'],
    ],
    [
      'goes without a baseline where there is none',
      judged([{ name: 'after', seconds: 30, sent: { shop: good } }]),
      'pass',
      [],
    ],
    [
      'judges what has no baseline by the thresholds alone',
      judged([{ name: 'after', seconds: 30, sent: { shop: slow } }], {
        thresholds: { ...thresholds, p99: 250, slowdown: 2 },
      }),
      'fail',
      ['shop: the 99th percentile is 300 ms in phase after, above the threshold of 250 ms'],
    ],
    [
      'takes a failure before what is unknown, and names the failure first',
      judged([
        { name: 'before', seconds: 30, sent: { shop: good, pay: nothing } },
        { name: 'upgrade', seconds: 30, sent: { shop: refused(1), pay: good } },
      ]),
      'fail',
      [
        'shop: 1 of 300 requests failed in phase upgrade, the first at 2026-03-01T12:00:40Z with: status 503',
        'pay: no request was measured in phase before (30 s)',
      ],
    ],
    [
      'takes what Prometheus says too',
      through(good, good, {
        metrics: [
          {
            name: 'errors',
            phase: 'upgrade',
            value: 3,
            result: 'fail',
            reason: 'errors: 3 is above 1 in phase upgrade',
          },
        ],
      }),
      'fail',
      ['errors: 3 is above 1 in phase upgrade'],
    ],
    [
      'is no pass where Prometheus is silent',
      through(good, good, {
        metrics: [{ name: 'errors', phase: 'upgrade', result: 'inconclusive', reason: 'errors: silent' }],
      }),
      'inconclusive',
      ['errors: silent'],
    ],
  ])('%s', (_what, probe, result, reasons) => {
    expect(judgeProbe(probe)).toEqual({ result, reasons });
  });

  test('of any measurement is a pass only where everything was measured and enough was answered well', () => {
    const counts = fc.record({ sent: fc.integer({ min: 0, max: 330 }), failed: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 90, max: 100 }), (before, change, success) => {
        const send =
          ({ sent, failed }: typeof before): Send =>
          (from) =>
            samples(sent, { from, rate: 11 }).map((sample, index) =>
              index < failed ? { ...sample, failure: 'status 500' } : sample,
            );
        const { result, reasons } = judgeProbe(
          through(send(before), send(change), { thresholds: { success, minimum: 50 } }),
        );
        const isGood = ({ sent, failed }: typeof before) =>
          sent >= 240 && Math.min(failed, sent) * 100 <= (100 - success) * sent;
        if (result === 'pass') expect([before, change].every(isGood)).toBe(true);
        else expect(reasons.length).toBeGreaterThan(0);
        if (result === 'fail') expect(isGood(change) || change.failed > 0).toBe(true);
      }),
    );
  });
});

describe('a baseline', () => {
  const baselineOf = (send: Send, more: Partial<JudgedProbe> = {}) =>
    judgeBaseline(judged([{ name: 'before', seconds: 30, sent: { shop: send } }], more));

  test('that is well stands in nobody’s way', () => {
    expect(baselineOf(good)).toEqual({ unmeasured: [], unwell: [] });
  });

  test('that was not measured is told from one that is not well', () => {
    expect(baselineOf(nothing)).toEqual({
      unmeasured: ['shop: no request was measured in phase before (30 s)'],
      unwell: [],
    });
    expect(baselineOf(refused(1))).toEqual({
      unmeasured: [],
      unwell: [
        'shop: 1 of 300 requests failed in phase before, the first at 2026-03-01T12:00:10Z with: status 503: it fails before anything is changed',
      ],
    });
  });

  test('counts what Prometheus says', () => {
    const answer = { name: 'errors', phase: 'before', result: 'inconclusive', reason: 'errors: …' } as const;
    expect(baselineOf(good, { metrics: [answer] })).toEqual({ unmeasured: ['errors: …'], unwell: [] });
    expect(baselineOf(good, { metrics: [{ ...answer, value: 7 }] })).toEqual({ unmeasured: [], unwell: ['errors: …'] });
  });

  test('that never began was not measured', () => {
    expect(judgeBaseline(judged([{ name: 'after', seconds: 30, sent: { shop: good } }])).unmeasured).toEqual([
      'shop: no baseline',
    ]);
  });
});
