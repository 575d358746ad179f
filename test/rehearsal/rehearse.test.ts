import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';

/** A cluster that nobody has used, and in which nothing may be done. */
const untouched = {
  name: 'dev',
  identity: async () => ({ uid: '1', server: 'https://dev' }),
  get: async () => undefined,
  list: async () => ({ items: [] }),
} as unknown as Cluster;

test('fails where an image of the bundles cannot be had, and changes nothing', async () => {
  const context = { clock: systemClock, reporter: silent, signal: new AbortController().signal };
  const rehearsal = await rehearse(untouched, {
    ...context,
    to: bundleOf({ dev: [] }),
    target: { name: 'dev', context: 'dev' },
    title: 'cluster dev',
    overlay: { patches: [] },
    workloads: [],
    rollback: false,
    after: 1,
    loadImages: () =>
      Promise.reject(new DeliveryError('image a/b:1 cannot be pulled: not found', { code: 'ImageUnavailable' })),
    startTraffic: () => Promise.reject(new Error('no traffic is asked for')),
    proxies: { connected: async () => [] },
    parts: rehearsalParts(context),
    timeout: 1_000,
  });
  expect(rehearsal).toMatchObject({
    result: 'fail',
    reasons: ['images (ImageUnavailable): image a/b:1 cannot be pulled: not found'],
    parts: [{ name: 'images', result: 'failed' }],
    upgrades: [],
  });
});
