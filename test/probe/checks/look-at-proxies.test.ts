import { expect, test } from 'vitest';
import type { ConnectedProxy } from '../../../src/ports/proxies.ts';
import { lookAtProxies } from '../../../src/probe/checks/look-at-proxies.ts';
import { clusterOfPods, proxiedPod } from '../../support/proxied-pods.ts';

function connected(...pods: (string | Partial<ConnectedProxy>)[]): ConnectedProxy[] {
  return pods.map((pod) => ({
    ...{ namespace: 'shop', version: '1.31.0', synced: true, pod: '' },
    ...(typeof pod === 'string' ? { pod } : pod),
  }));
}

/** What a look at these pods finds where the istiods of each revision tell that. */
function lookAt(pods: ReturnType<typeof proxiedPod>[], told: Record<string, ConnectedProxy[]>) {
  return lookAtProxies(
    clusterOfPods(() => pods),
    { connected: async (revision) => told[revision] ?? [] },
  );
}

test('every proxy is looked for at the istiods of its own revision', async () => {
  const pods = [proxiedPod('a', { revision: 'old' }), proxiedPod('b')];
  expect(await lookAt(pods, { old: connected('a'), new: connected('b') })).toEqual({
    kind: 'seen',
    facts: '2 of 2 proxies of new and old have acknowledged all of their configuration',
    troubles: [],
  });
  expect(await lookAt(pods, { old: connected('a', 'b'), new: [] })).toMatchObject({
    facts: '1 of 2 proxies of new and old have acknowledged all of their configuration',
    troubles: [{ subject: 'Pod shop/b', reason: 'is not connected to an istiod of new' }],
  });
});

test('a proxy that refuses its configuration is named with the reason', async () => {
  const told = {
    new: connected({ pod: 'a', synced: false, rejected: true, reason: 'LDS was rejected: no such filter' }),
  };
  expect(await lookAt([proxiedPod('a')], told)).toMatchObject({
    troubles: [{ subject: 'Pod shop/a', reason: 'is not in sync: LDS was rejected: no such filter' }],
  });
});

test('a pod that is not ready is not asked for, and no pod at all is no pass', async () => {
  const starting = proxiedPod('c', { ready: false });
  expect(await lookAt([proxiedPod('a'), starting], { new: connected('a') })).toMatchObject({ troubles: [] });
  expect(await lookAt([starting], {})).toEqual({ kind: 'unseen', reason: 'no pod with a proxy is ready' });
});
