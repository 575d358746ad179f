import { describe, expect, test } from 'vitest';
import type { ProbeVerdict } from '../../src/ports/probe-result.ts';
import { type RehearsalOutcome, rehearsalResult } from '../../src/rehearsal/rehearsal-result.ts';

const at = '2026-11-24T03:00:00.000Z';

function outcome(verdict: ProbeVerdict | undefined, overrides: Partial<RehearsalOutcome> = {}): RehearsalOutcome {
  return {
    parts: [{ name: 'upgrade', started: at, finished: at, result: 'done' }],
    upgrades: [],
    ...(verdict
      ? { probe: { verdict, thresholds: [], phases: [], seconds: {}, failures: [], metrics: [], checks: [] } }
      : {}),
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
