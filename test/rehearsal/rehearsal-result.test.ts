import { describe, expect, test } from 'vitest';
import type { ProbeVerdict } from '../../src/ports/probe-result.ts';
import { type RehearsalOutcome, rehearsalResult, withoutVerdict } from '../../src/rehearsal/rehearsal-result.ts';
import { nothingMeasured } from '../support/nothing-measured.ts';

const at = '2026-11-24T03:00:00.000Z';

function outcome(verdict: ProbeVerdict | undefined, overrides: Partial<RehearsalOutcome> = {}): RehearsalOutcome {
  return {
    parts: [{ name: 'upgrade', started: at, finished: at, result: 'done' }],
    upgrades: [],
    ...(verdict ? { probe: nothingMeasured(verdict) } : {}),
    ...overrides,
  };
}

const pass: ProbeVerdict = { result: 'pass', reasons: [] };

describe('rehearsalResult', () => {
  test('passes where everything was measured and well', () => {
    expect(rehearsalResult(outcome(pass))).toEqual({ result: 'pass', reasons: [] });
  });

  test('fails for a lost request', () => {
    const verdict: ProbeVerdict = { result: 'fail', reasons: ['http1: 1 of 900 requests failed'] };
    expect(rehearsalResult(outcome(verdict))).toEqual(verdict);
  });

  test('fails for a part that failed, and names it first', () => {
    const parts = [
      {
        name: 'upgrade',
        started: at,
        finished: at,
        result: 'failed',
        code: 'WorkloadUnhealthy',
        reason: 'no image',
      } as const,
    ];
    const verdict: ProbeVerdict = { result: 'inconclusive', reasons: ['too little'] };
    expect(rehearsalResult(outcome(verdict, { parts }))).toEqual({
      result: 'fail',
      reasons: ['upgrade (WorkloadUnhealthy): no image'],
    });
  });

  test('tells what the traffic says once, where it also stopped the upgrade', () => {
    const verdict: ProbeVerdict = { result: 'inconclusive', reasons: ['http1: no request was measured'] };
    const parts = [
      {
        name: 'upgrade',
        started: at,
        finished: at,
        result: 'failed',
        code: 'TrafficUnknown',
        reason: 'the same',
      } as const,
    ];
    expect(rehearsalResult(outcome(verdict, { parts }))).toEqual(verdict);
  });

  describe('where the ground gave way', () => {
    const failed = (name: string, code: string, reason: string) =>
      ({ name, started: at, finished: at, result: 'failed', code, reason }) as const;
    const lost = [failed('upgrade', 'ClusterLost', 'node container one exited with 137 (killed)')];
    const verdict: ProbeVerdict = { result: 'fail', reasons: ['http1: 40 of 900 requests failed'] };

    test('is inconclusive, with the cause and nothing that came of it', () => {
      expect(rehearsalResult(outcome(verdict, { parts: lost }))).toEqual({
        result: 'inconclusive',
        reasons: ['upgrade (ClusterLost): node container one exited with 137 (killed)'],
      });
    });

    test('also says what was lost while everything still worked', () => {
      const failures = [
        { target: 'http1', at: '2026-11-24T03:00:02.000Z', count: 2, reason: 'status 503' },
        { target: 'http1', at: '2026-11-24T03:00:09.000Z', count: 38, reason: 'EOF' },
      ];
      const { probe } = outcome(verdict);
      const measured = { ...outcome(verdict, { parts: lost }), lastWell: new Date('2026-11-24T03:00:08.000Z') };
      expect(rehearsalResult({ ...measured, ...(probe ? { probe: { ...probe, failures } } : {}) }).reasons).toEqual([
        'upgrade (ClusterLost): node container one exited with 137 (killed)',
        '2 requests failed before that, while the cluster still worked, the first at 2026-11-24T03:00:02.000Z to http1: status 503',
      ]);
    });

    test.each([
      failed('cluster', 'AnythingElse', 'kind said nothing'),
      failed('prerequisites', 'ApplyRefused', 'no such namespace'),
      failed('images', 'ImageUnavailable', 'no such host'),
      failed('before', 'ClusterUnreachable', 'connection refused'),
    ])('blames nothing on the change: $name ($code)', (part) => {
      expect(rehearsalResult(outcome(undefined, { parts: [part] }))).toEqual({
        result: 'inconclusive',
        reasons: [`${part.name} (${part.code}): ${part.reason}`],
      });
    });

    test('has no verdict on the traffic', () => {
      const { probe } = outcome(verdict);
      const result = rehearsalResult(outcome(verdict, { parts: lost }));
      expect(probe && withoutVerdict(probe, result).verdict).toEqual(result);
    });
  });

  test("fails for a workload of the team's that did not stay well, whatever its traffic says", () => {
    const findings = ['Deployment shop/cart had no ready pod for 2.0 s'];
    expect(rehearsalResult(outcome(pass, { findings }))).toEqual({ result: 'fail', reasons: findings });
  });

  test('is inconclusive where it was interrupted, and says in which part, and what failed until then', () => {
    const verdict: ProbeVerdict = { result: 'fail', reasons: ['http1: 1 of 900 requests failed'] };
    const parts = [
      {
        name: 'upgrade',
        started: at,
        finished: at,
        result: 'interrupted',
        code: 'Interrupted',
        reason: 'by SIGTERM',
      } as const,
    ];
    expect(rehearsalResult(outcome(verdict, { parts }))).toEqual({
      result: 'inconclusive',
      reasons: [
        'interrupted in part upgrade, and what comes after it was not rehearsed: by SIGTERM',
        'http1: 1 of 900 requests failed',
      ],
    });
  });

  test('says nothing of the bundle where this program has a defect', () => {
    const parts = [
      {
        name: 'install',
        started: at,
        finished: at,
        result: 'failed',
        code: 'Unexpected',
        reason: 'x is undefined',
      } as const,
    ];
    expect(rehearsalResult(outcome(undefined, { parts }))).toEqual({
      result: 'inconclusive',
      reasons: ['install (Unexpected): x is undefined'],
    });
  });

  test('is inconclusive without traffic', () => {
    expect(rehearsalResult(outcome(undefined))).toEqual({
      result: 'inconclusive',
      reasons: ['no traffic was measured'],
    });
  });
});
