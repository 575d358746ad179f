import { expect, test } from 'vitest';
import { type JudgedProbe, judgeProbe } from '../../src/probe/judge-probe.ts';
import { judged, samples } from '../support/samples.ts';

const answer = (headers: Record<string, string>, status = 200) => ({
  answer: { status, headers: new Map(Object.entries(headers)) },
});

/** Through the egress gateway. */
const way = { 'rehearsal-answered-by': 'outside forwarded' };

const secured = answer({ ...way, 'x-frame-options': 'DENY', server: 'istio-envoy' });

/** Thirty seconds with the one answer, and thirty with the other. */
const through = (now: ReturnType<typeof answer>, mayLose: string[] | undefined): JudgedProbe =>
  judged(
    [
      { name: 'before', seconds: 30, sent: { shop: (from) => samples(300, { from, ...secured }) } },
      { name: 'upgrade', seconds: 30, sent: { shop: (from) => samples(300, { from, ...now }) } },
    ],
    { thresholds: { success: 100, minimum: 50, ...(mayLose ? { mayLose } : {}) } },
  );

const lost =
  'shop: 300 of 300 answers in phase upgrade lack the header x-frame-options (DENY) that every answer had before, the first at 2026-03-01T12:00:30Z';

test.each<[string, JudgedProbe, string, string[]]>([
  ['a header that is lost is a failure', through(answer({ ...way, server: 'istio-envoy' }), []), 'fail', [lost]],
  [
    'one that may be lost is said',
    through(answer({ ...way, server: 'istio-envoy' }), ['x-frame-options']),
    'pass',
    [lost],
  ],
  ['nothing is said where answers are not judged', through(answer({}), undefined), 'pass', []],
  [
    'what proxies say of themselves may change',
    through(answer({ ...way, 'x-frame-options': 'DENY', 'x-envoy-decorator-operation': 'shop' }), []),
    'pass',
    [],
  ],
  [
    'another value is said',
    through(answer({ ...way, 'x-frame-options': 'SAMEORIGIN', server: 'istio-envoy' }), []),
    'pass',
    [
      'shop: 300 of 300 answers in phase upgrade have header x-frame-options SAMEORIGIN, and DENY before, the first at 2026-03-01T12:00:30Z',
    ],
  ],
  [
    'another status is a failure, though it is no error',
    through(answer({ ...way, 'x-frame-options': 'DENY', server: 'istio-envoy' }, 301), []),
    'fail',
    ['shop: 300 of 300 answers in phase upgrade have status 301, and 200 before, the first at 2026-03-01T12:00:30Z'],
  ],
  [
    'another way is a failure',
    through(answer({ 'x-frame-options': 'DENY', server: 'istio-envoy', 'rehearsal-answered-by': 'outside' }), []),
    'fail',
    [
      'shop: 300 of 300 answers in phase upgrade have header rehearsal-answered-by outside, and outside forwarded before, the first at 2026-03-01T12:00:30Z',
    ],
  ],
])('%s', (_what, facts, result, reasons) => {
  expect(judgeProbe(facts)).toEqual({ result, reasons });
});
