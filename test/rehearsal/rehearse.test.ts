import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError, interruptedError } from '../../src/errors.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import type { Rehearsal } from '../../src/rehearsal/rehearsal.ts';
import { type RehearsalOptions, rehearse } from '../../src/rehearsal/rehearse.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';
import { firstInstall } from '../support/first-install.ts';
import { lostWatch, steadyWatch } from '../support/infrastructure.ts';

/** A cluster that nobody has used, and in which nothing may be done. */
const untouched = {
  name: 'dev',
  identity: async () => ({ uid: '1', server: 'https://dev', version: 'v1.34.2' }),
  get: async () => undefined,
  list: async () => ({ items: [] }),
} as unknown as Cluster;

const context = { clock: systemClock, reporter: silent, signal: new AbortController().signal };

function options(overrides: Partial<RehearsalOptions>): RehearsalOptions {
  return {
    ...context,
    plan: firstInstall(bundleOf({ dev: [] })),
    target: { name: 'dev', context: 'dev' },
    title: 'cluster dev',
    rollback: false,
    after: 1,
    startTraffic: () => Promise.reject(new Error('no traffic is asked for')),
    targets: { asked: [], notAsked: [] },
    counters: { outbound: async () => [] },
    proxies: { connected: async () => [] },
    parts: rehearsalParts(context),
    watch: steadyWatch(),
    timeout: 1_000,
    ...overrides,
  };
}

const bundle = bundleOf({ dev: [] }, { images: ['a/b:1'] });
const unpulled = (image: string, code: string) => {
  const error = new DeliveryError(`image ${image} cannot be pulled: not found`, { code });
  return rehearse(untouched, options({ plan: firstInstall(bundle), loadImages: () => Promise.reject(error) }));
};

test('fails where an image of the bundle does not exist, and changes nothing', async () => {
  expect(await unpulled('a/b:1', 'ImageMissing')).toMatchObject({
    result: 'fail',
    reasons: ['images (ImageMissing): image a/b:1 cannot be pulled: not found'],
    cluster: 'cluster dev, Kubernetes v1.34.2',
    parts: [{ name: 'images', result: 'failed' }],
    upgrades: [],
  });
});

test.each([
  ['its registry does not answer', 'a/b:1', 'ImageUnavailable'],
  ['only what runs now needs it', 'a/b:0', 'ImageMissing'],
])('is inconclusive where an image cannot be had, and %s', async (_why, image, code) => {
  expect(await unpulled(image, code)).toMatchObject({
    result: 'inconclusive',
    reasons: [`images (ImageUnavailable): image ${image} cannot be pulled: not found`],
  });
});

test('is inconclusive where the cluster is lost, whatever failed with it', async () => {
  const broken = new DeliveryError('docker exec failed: no such container', { code: 'DockerFailed' });
  const watch = lostWatch('node container dev-control-plane exited with 137 (killed)');
  expect(await rehearse(untouched, options({ watch, loadImages: () => Promise.reject(broken) }))).toMatchObject({
    result: 'inconclusive',
    reasons: [
      'images (ClusterLost): the cluster of the rehearsal is lost: node container dev-control-plane exited with 137 (killed)',
    ],
  });
});

test('is inconclusive where the cluster lacks a kind of the bundle, and installs nothing', async () => {
  const route = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web' } };
  const plan = firstInstall(bundleOf({ dev: [{ stage: 'config', objects: [route] }] }));
  const cluster = { ...untouched, serves: async () => false };
  expect(await rehearse(cluster, options({ plan }))).toMatchObject({
    result: 'inconclusive',
    reasons: [expect.stringMatching(/^prerequisites \(PrerequisiteMissing\): .*HTTPRoute of gateway.*HTTPRoute web/)],
    parts: [{ name: 'prerequisites', result: 'failed' }],
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
