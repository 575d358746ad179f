import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import { type RehearsalOptions, rehearse } from '../../src/rehearsal/rehearse.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';

/** A cluster that nobody has used, and in which nothing may be done. */
const untouched = {
  name: 'dev',
  identity: async () => ({ uid: '1', server: 'https://dev', version: 'v1.34.2' }),
  get: async () => undefined,
  list: async () => ({ items: [] }),
} as unknown as Cluster;

const context = { clock: systemClock, reporter: silent, signal: new AbortController().signal };

function options(overrides: Partial<RehearsalOptions>): RehearsalOptions {
  const overlay = { patches: [] };
  return {
    ...context,
    plan: prepareRehearsal({
      way: 'first install',
      to: bundleOf({ dev: [] }),
      cluster: 'dev',
      overlay,
      soak: 0,
      sample: [],
      workloads: [],
    }),
    target: { name: 'dev', context: 'dev' },
    title: 'cluster dev',
    rollback: false,
    after: 1,
    startTraffic: () => Promise.reject(new Error('no traffic is asked for')),
    targets: { asked: [], notAsked: [] },
    counters: { outbound: async () => [] },
    proxies: { connected: async () => [] },
    parts: rehearsalParts(context),
    timeout: 1_000,
    ...overrides,
  };
}

test('fails where an image of the bundles cannot be had, and changes nothing', async () => {
  const missing = new DeliveryError('image a/b:1 cannot be pulled: not found', { code: 'ImageUnavailable' });
  const rehearsal = await rehearse(untouched, options({ loadImages: () => Promise.reject(missing) }));
  expect(rehearsal).toMatchObject({
    result: 'fail',
    reasons: ['images (ImageUnavailable): image a/b:1 cannot be pulled: not found'],
    cluster: 'cluster dev, Kubernetes v1.34.2',
    parts: [{ name: 'images', result: 'failed' }],
    upgrades: [],
  });
});

test('is not run in a cluster that has a mesh', async () => {
  const istiod = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istiod-1-30-0' } };
  const used = { ...untouched, list: async () => ({ resourceVersion: '1', items: [istiod] }) };
  await expect(rehearse(used, options({}))).rejects.toThrow(
    /cluster https:\/\/dev cannot be rehearsed in: Istio runs in it already \(Deployment istiod-1-30-0\)/,
  );
});
