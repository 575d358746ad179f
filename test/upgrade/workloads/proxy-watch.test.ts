import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../../src/errors.ts';
import type { ConnectedProxy } from '../../../src/ports/proxies.ts';
import { type ProxyState, watchProxies } from '../../../src/upgrade/workloads/proxy-watch.ts';

type Answer = Partial<ConnectedProxy>[] | Error;

/** Has the istiods answer so, one after the other; what one who waits for pod `web` since `since` sees each time. */
async function watched(answers: Answer[], since = 0) {
  const end = new AbortController();
  const asked: number[] = [];
  const seen: ProxyState[] = [];
  let now = 100;
  let open = 0;
  const watch = watchProxies({
    revision: 'new',
    proxies: {
      async connected() {
        asked.push(now);
        open += 1;
        expect(open).toBe(1);
        await Promise.resolve();
        open -= 1;
        const answer = answers[asked.length - 1] ?? [];
        if (answer instanceof Error) throw answer;
        return answer.map((proxy) => ({ pod: 'web', namespace: 'shop', version: '1.31.0', synced: false, ...proxy }));
      },
    },
    clock: {
      now: () => new Date(now),
      monotonic: () => now,
      async sleep(milliseconds) {
        now += milliseconds;
      },
    },
    answered() {
      seen.push(watch.stateOf({ namespace: 'shop', name: 'web' }, since));
      if (seen.length === answers.length) end.abort();
    },
  });
  expect(watch.stateOf({ namespace: 'shop', name: 'web' }, since)).toEqual({ kind: 'unknown' });
  await watch.follow(end.signal);
  return { asked, seen };
}

const refused = { rejected: true, reason: 'LDS was rejected' };

describe('watchProxies', () => {
  test('asks at once, and then every second while somebody waits', async () => {
    expect((await watched([[], [], []])).asked).toEqual([100, 1100, 2100]);
  });

  test.each<[string, Answer, ProxyState]>([
    ['in sync', [{ synced: true }], { kind: 'synced' }],
    ['not there', [{ pod: 'other', synced: true }], { kind: 'absent' }],
    ['in another namespace', [{ namespace: 'bank', synced: true }], { kind: 'absent' }],
    ['behind', [{ reason: 'CDS was not acknowledged' }], { kind: 'behind', reason: 'CDS was not acknowledged' }],
    [
      'not to be asked about',
      new DeliveryError('no istiod', { code: 'ProxyStatusUnavailable', retryable: true }),
      { kind: 'unknown', reason: 'no istiod' },
    ],
    [
      'not to be asked about, for want of a right',
      new DeliveryError('pods is forbidden', { code: 'ProxyStatusUnavailable' }),
      { kind: 'unknown', reason: 'pods is forbidden', lasting: true },
    ],
  ])('tells of a proxy that is %s', async (_name, answer, state) => {
    expect((await watched([answer])).seen).toEqual([state]);
  });

  test('calls a rejection final when it stays', async () => {
    const { seen } = await watched([[refused], [refused], [refused], [refused], [refused]]);
    expect(seen.map(({ kind }) => kind)).toEqual(['behind', 'behind', 'behind', 'behind', 'rejected']);
  });

  test('does not add up rejections that passed', async () => {
    const twice = [[refused], [refused], [refused], [{ reason: 'LDS was not acknowledged' }]];
    const { seen } = await watched([...twice, ...twice]);
    expect(new Set(seen.map(({ kind }) => kind))).toEqual(new Set(['behind']));
  });

  test('takes no answer for news that was asked for before', async () => {
    const { seen } = await watched([[{ synced: true }], [{ synced: true }]], 1000);
    expect(seen.map(({ kind }) => kind)).toEqual(['unknown', 'synced']);
  });

  test('goes on after a failure', async () => {
    const { seen } = await watched([new Error('cut off'), [{ synced: true }]]);
    expect(seen.map(({ kind }) => kind)).toEqual(['unknown', 'synced']);
  });

  test('asks nobody while nobody waits', async () => {
    const end = new AbortController();
    const watch = watchProxies({
      revision: 'new',
      proxies: { connected: () => expect.fail('nobody waits') },
      clock: { now: () => new Date(0), monotonic: () => 0, sleep: async () => undefined },
      answered: () => undefined,
    });
    const following = watch.follow(end.signal);
    await Promise.resolve();
    end.abort();
    await following;
  });
});
