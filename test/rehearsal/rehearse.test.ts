import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError, interruptedError } from '../../src/errors.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import type { Rehearsal } from '../../src/rehearsal/rehearsal.ts';
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

test('that is told to stop ends with what it knows, and hands that on while it runs', async () => {
  const stop = new AbortController();
  const { signal } = stop;
  let soFar: (() => Rehearsal) | undefined;
  const rehearsal = await rehearse(
    untouched,
    options({
      signal,
      parts: rehearsalParts({ ...context, signal }),
      begun: (tell) => {
        soFar = tell;
      },
      loadImages: async () => {
        stop.abort(interruptedError('Run was interrupted by SIGHUP; run it again'));
        expect(soFar?.().parts).toMatchObject([{ name: 'images', result: 'interrupted' }]);
        signal.throwIfAborted();
      },
    }),
  );
  expect(rehearsal).toMatchObject({
    result: 'inconclusive',
    reasons: [expect.stringMatching(/^interrupted in part images, .*SIGHUP/)],
    parts: [{ name: 'images', result: 'interrupted' }],
  });
});

test('a defect is thrown', async () => {
  const defect = new TypeError('x is undefined');
  await expect(rehearse(untouched, options({ loadImages: () => Promise.reject(defect) }))).rejects.toBe(defect);
});

test('is not run in a cluster that has a mesh', async () => {
  const istiod = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istiod-1-30-0' } };
  const used = { ...untouched, list: async () => ({ resourceVersion: '1', items: [istiod] }) };
  await expect(rehearse(used, options({}))).rejects.toThrow(
    /cluster https:\/\/dev cannot be rehearsed in: Istio runs in it already \(Deployment istiod-1-30-0\)/,
  );
});
