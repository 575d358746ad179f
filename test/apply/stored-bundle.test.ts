import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { readStoredBundle } from '../../src/apply/stored-bundle.ts';
import { stageDigests } from '../../src/bundle/bundle-digest.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { bundleOf } from '../support/bundles.ts';

const { manifest, clusters } = bundleOf(
  Object.fromEntries(
    ['dev', 'prod'].map((name) => [
      name,
      [{ stage: 'base' as const, objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }] }],
    ]),
  ),
);

/** A cluster that keeps this of the bundle. */
async function keeping(text: string): Promise<Cluster> {
  const content = (await promisify(gzip)(text)).toString('base64');
  return { name: 'dev', get: async () => ({ binaryData: { 'bundle.json.gz': content } }) } as unknown as Cluster;
}

const side = {
  bundle: manifest.digest,
  chunks: ['chunk'],
  stages: stageDigests(clusters.dev?.stages ?? []),
};

test('the part of the cluster is read back', async () => {
  const cluster = await keeping(JSON.stringify({ manifest, bundle: clusters.dev }));
  expect(await readStoredBundle(cluster, 'istio-system', side)).toEqual({ manifest, bundle: clusters.dev });
});

test('the part of another cluster, whose digests are right too, is refused', async () => {
  const cluster = await keeping(JSON.stringify({ manifest, bundle: clusters.prod }));
  await expect(readStoredBundle(cluster, 'istio-system', side)).rejects.toMatchObject({
    code: 'StoredBundleChanged',
    message: expect.stringContaining('it is the part of cluster prod; nothing of it is applied'),
  });
});

test.each([
  'null',
  '[]',
  '{',
  '{"manifest":{},"bundle":{}}',
  JSON.stringify({ manifest, bundle: { cluster: 'dev', stages: 5 } }),
])('what is no bundle cannot be read back: %s', async (text) => {
  await expect(readStoredBundle(await keeping(text), 'istio-system', side)).rejects.toMatchObject({
    code: 'StoredBundleUnreadable',
  });
});
