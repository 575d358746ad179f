import { expect, test } from 'vitest';
import type { Clock } from '../../../src/ports/clock.ts';
import type { ConnectedProxy } from '../../../src/ports/proxies.ts';
import { askChecks } from '../../../src/probe/checks/ask-checks.ts';
import { clusterOfPods, proxiedPod } from '../../support/proxied-pods.ts';

/** The pod `a`, of which istiod tells something else at each question; a clock that goes on where somebody sleeps. */
function asking(...told: (ConnectedProxy[] | Error)[]) {
  let now = 0;
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
  const connected = async () => {
    const answer = told.length > 1 ? told.shift() : told[0];
    if (answer instanceof Error) throw answer;
    return answer ?? [];
  };
  const checks = askChecks(
    clusterOfPods(() => [proxiedPod('a')]),
    {
      names: ['proxies'],
      namespace: 'istio-system',
      sources: { proxies: { connected }, certificates: { of: async () => undefined } },
      clock,
      signal: new AbortController().signal,
    },
  );
  return { checks, seconds: () => now / 1000 };
}

const synced: ConnectedProxy[] = [{ pod: 'a', namespace: 'shop', version: '1.31.0', synced: true }];
const behind = synced.map((proxy) => ({ ...proxy, synced: false, reason: 'CDS was not acknowledged' }));

test('a trouble that passes is none', async () => {
  const { checks, seconds } = asking(behind, [], synced);
  await checks.ask('upgrade');
  expect(checks.answers()).toMatchObject([{ name: 'proxies', phase: 'upgrade', result: 'pass' }]);
  expect(seconds()).toBe(4);
});

test('one that stays is told after 16 seconds', async () => {
  const { checks, seconds } = asking(behind);
  await checks.ask('upgrade');
  expect(checks.answers()).toMatchObject([
    { result: 'fail', facts: 'Pod shop/a is not in sync: CDS was not acknowledged' },
  ]);
  expect(seconds()).toBe(16);
});

test('one of before is not blamed on the change', async () => {
  const { checks } = asking(behind);
  await checks.ask('before');
  await checks.ask('upgrade');
  expect(checks.answers().map(({ phase, result }) => [phase, result])).toEqual([
    ['before', 'inconclusive'],
    ['upgrade', 'pass'],
  ]);
});

test('an istiod that cannot be asked is no pass, with the reason', async () => {
  const { checks } = asking(new Error('no port-forward'));
  await checks.ask('upgrade');
  expect(checks.answers()).toMatchObject([{ result: 'inconclusive', facts: 'no port-forward', unseen: true }]);
});

test('of two looks in one phase the worse one is kept', async () => {
  const { checks } = asking(...Array.from({ length: 9 }, () => behind), synced);
  await checks.ask('upgrade');
  await checks.ask('upgrade');
  expect(checks.answers()).toMatchObject([{ result: 'fail' }]);
});
