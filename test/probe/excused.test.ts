import { describe, expect, test } from 'vitest';
import { type JudgedProbe, type JudgedSource, judgeBaseline, judgeProbe } from '../../src/probe/judge-probe.ts';
import { judged, samples } from '../support/samples.ts';

/** Of 300 requests in each phase, so many failed. */
function lost(before: number, upgrade: number, about: Partial<JudgedSource>): JudgedProbe {
  const sent = (failed: number) => ({
    shop: (from: number) =>
      samples(300, { from }).map((sample, index) => (index < failed ? { ...sample, failure: 'status 503' } : sample)),
  });
  return judged(
    [
      { name: 'before', seconds: 30, sent: sent(before) },
      { name: 'upgrade', seconds: 30, sent: sent(upgrade) },
    ],
    { sources: [{ target: 'shop', rate: 10, ...about }], thresholds: { success: 100, minimum: 50 } },
  );
}

describe('a target of which nobody knows whether it can be asked', () => {
  test.each<[name: string, failed: [before: number, upgrade: number], excuse: JudgedSource['excuse'], result: string]>([
    ['is judged where it was answered before', [0, 1], 'failing', 'fail'],
    ['is not judged where it was never answered before', [300, 300], 'failing', 'pass'],
    ['is not judged where it failed before', [1, 300], 'failing', 'pass'],
    ['that must be answered always or never is not judged where it was never answered', [300, 300], 'silent', 'pass'],
    ['that must be answered always or never says nothing where it failed before', [1, 300], 'silent', 'inconclusive'],
    ['says nothing where it must be answered', [300, 300], undefined, 'inconclusive'],
  ])('%s', (_name, [before, upgrade], excuse, result) => {
    const probe = lost(before, upgrade, excuse === undefined ? {} : { excuse });
    expect(judgeProbe(probe).result).toBe(result);
    expect(judgeBaseline(probe).unwell.length > 0).toBe(result === 'inconclusive');
  });

  test('that was not measured at all says nothing, for it is the client that is not there', () => {
    const nothing = { shop: () => [] };
    const phases = ['before', 'upgrade'].map((name) => ({ name, seconds: 30, sent: nothing }));
    const sources = [{ target: 'shop', rate: 10, excuse: 'failing' as const, trouble: 'no image' }];
    const { result, reasons } = judgeProbe(judged(phases, { sources }));
    expect(result).toBe('inconclusive');
    expect(reasons[0]).toMatch(/^shop: no request was measured in phase before .*: no image$/);
  });

  test('without a baseline is not judged where it was never answered, and is where it was', () => {
    const only = (failed: number): JudgedProbe => {
      const probe = lost(0, failed, { excuse: 'failing' });
      return { ...probe, phases: probe.phases.filter(({ name }) => name !== 'before') };
    };
    expect(judgeProbe(only(300)).result).toBe('pass');
    expect(judgeProbe(only(299)).result).toBe('fail');
  });
});

test('a target is named as a person reads it', () => {
  const { reasons } = judgeProbe(lost(0, 2, { title: 'Service shop/cart port http (shop)' }));
  expect(reasons).toEqual([
    expect.stringMatching(
      /^Service shop\/cart port http \(shop\): 2 of 300 requests failed in phase upgrade, the first/,
    ),
  ]);
});
