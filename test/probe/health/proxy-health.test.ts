import { expect, test } from 'vitest';
import { DeliveryError } from '../../../src/errors.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { ConnectedProxy } from '../../../src/ports/proxies.ts';
import type { HealthFacts } from '../../../src/probe/health/health-facts.ts';
import { proxyHealth } from '../../../src/probe/health/proxy-health.ts';
import { facts, forbidden, istiod, known } from '../../support/health-facts.ts';
import { clusterOfPods, proxiedPod } from '../../support/proxied-pods.ts';

interface Told {
  pods?: KubernetesObject[];
  /** What istiod says at each question, the last again and again. */
  told: (ConnectedProxy[] | Error)[];
  overrides?: Partial<HealthFacts>;
}

/** A look with a settle time of 12 seconds, and a clock that goes on where somebody sleeps. */
async function look({ pods = [proxiedPod('a'), proxiedPod('b')], told, overrides = {} }: Told) {
  let now = Date.parse('2026-11-23T10:00:00Z');
  let asked = 0;
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
  const health = await proxyHealth(
    clusterOfPods(() => pods),
    facts({ pods: known(pods), ...overrides }),
    {
      settle: 12_000,
      proxies: async () => ({
        connected: async () => {
          const answer = told[Math.min(asked, told.length - 1)];
          asked += 1;
          if (answer instanceof Error) throw answer;
          return answer ?? [];
        },
      }),
      clock,
      signal: new AbortController().signal,
    },
  );
  return { ...health, asked, seconds: (now - Date.parse('2026-11-23T10:00:00Z')) / 1000 };
}

function connected(...pods: string[]): ConnectedProxy[] {
  return pods.map((pod) => ({ pod, namespace: 'shop', version: '1.31.0', synced: true }));
}

function behind(pod: string, reason = 'CDS was not acknowledged'): ConnectedProxy {
  return { pod, namespace: 'shop', version: '1.31.0', synced: false, reason };
}

const both = connected('a', 'b');

test('proxies that are in sync are asked once', async () => {
  expect(await look({ told: [both] })).toMatchObject({ troubles: [], unknown: [], asked: 1, seconds: 0 });
});

test('a push on its way is no trouble', async () => {
  expect(await look({ told: [[...connected('a'), behind('b')], both] })).toMatchObject({ troubles: [], seconds: 5 });
});

test('one that stays out of sync is named, with what and since when', async () => {
  const { troubles, seconds } = await look({ told: [[...connected('a'), behind('b')]] });
  expect(troubles).toEqual([
    'Pod shop/b is not in sync: CDS was not acknowledged (since 2026-11-23T10:00:00.000Z or before)',
  ]);
  expect(seconds).toBe(12);
});

test('one that was in sync in between, and one that fell behind since, have had another push', async () => {
  const told = [
    [...connected('a'), behind('b')],
    [behind('a'), behind('b')],
    [behind('a'), ...connected('b')],
    [behind('a'), behind('b')],
  ];
  expect(await look({ told })).toMatchObject({ troubles: [], seconds: 10 });
});

test('one that never connected is out of sync', async () => {
  expect((await look({ told: [connected('a')] })).troubles).toEqual([
    expect.stringContaining('Pod shop/b is not connected to an istiod of new'),
  ]);
});

test('pods that are not ready, have ended, or are of somebody else are not asked for', async () => {
  const ended = {
    ...proxiedPod('job'),
    status: { phase: 'Succeeded', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const pods = [proxiedPod('starting', { ready: false }), ended, proxiedPod('theirs', { revision: 'other' })];
  expect(await look({ pods, told: [[]] })).toMatchObject({ troubles: [], unknown: [], asked: 0 });
});

test('proxies whose istiods are all gone are named at once, and nobody is asked', async () => {
  const { troubles, asked } = await look({ told: [[]], overrides: { istiods: known([istiod('new', 0)]) } });
  expect(troubles).toEqual(['no istiod of revision new is ready to serve the proxies of shop/a, shop/b']);
  expect(asked).toBe(0);
});

test('are unknown where pods may not be listed, or istiods not be asked', async () => {
  expect(await look({ told: [both], overrides: { pods: forbidden } })).toMatchObject({ unknown: ['it is forbidden'] });
  const refused = new DeliveryError('no right to forward ports', { code: 'ProxyStatusUnavailable', retryable: true });
  const unknown = ['no right to forward ports'];
  expect(await look({ told: [refused] })).toMatchObject({ troubles: [], unknown });
  expect(await look({ told: [[behind('a')], refused] })).toMatchObject({ troubles: [], unknown });
});
