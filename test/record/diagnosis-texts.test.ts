import { expect, test } from 'vitest';
import type { FailedRequests } from '../../src/ports/probe-result.ts';
import { accusedProxies, diagnosisTitle, failedRequestsText, firstFailure } from '../../src/record/diagnosis-texts.ts';
import { probeResult, rehearsalRecord } from '../support/rehearsal.ts';

const proxy = 'istio-gateways/ingress-1-31-0-abc';

const failures: FailedRequests[] = [
  {
    target: 'ingress',
    at: '2026-11-29T10:03:21Z',
    reason: 'status 503',
    count: 2,
    said: { kind: 'proxy', proxy, role: 'gateway', status: 503, flags: 'UF', details: 'upstream_reset' },
  },
  { target: 'plain', at: '2026-11-29T10:03:22Z', reason: 'EOF', count: 1, said: { kind: 'nobody' } },
];

const record = rehearsalRecord({
  result: 'fail',
  reasons: ['ingress: 2 of 900 requests failed'],
  probe: { ...probeResult(), failures },
});

test('an index begins with the verdict, its reasons and the first failed requests', () => {
  const title = diagnosisTitle(record).join('\n');
  expect(title).toMatch(/^rehearsal of 1-30-2 → 1-31-0 for production: fail/);
  expect(title).toContain('  ingress: 2 of 900 requests failed');
  expect(title).toContain('parts: cluster done, images done');
  expect(title).toMatch(
    /10:03:21.* ingress +status 503 +2 +UF +gateway istio-gateways\/ingress-1-31-0-abc: 503 UF upstream_reset/,
  );
  expect(title).toMatch(/plain +EOF +1 +no proxy logged it: its client lost the connection/);
});

test('the failed requests stand beside what proxies logged', () => {
  const text = failedRequestsText(record, [`${proxy} {"response_flags":"UF"}`]);
  expect(text).toMatch(
    /status 503[\s\S]*What proxies logged[\s\S]* {2}istio-gateways\/ingress-1-31-0-abc \{"response_flags":"UF"\}$/,
  );
});

test('nothing is said of requests where none failed', () => {
  const quiet = rehearsalRecord();
  expect(failedRequestsText(quiet, [])).toBeUndefined();
  expect(firstFailure(quiet)).toBeUndefined();
  expect(diagnosisTitle(quiet).join('\n')).not.toContain('First failed');
});

test('logs are wanted from the first failure on, of the proxies that failed requests first', () => {
  expect(firstFailure(record)).toEqual(new Date('2026-11-29T10:03:21Z'));
  expect(accusedProxies(record)).toEqual([proxy]);
});
