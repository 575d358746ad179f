import { describe, expect, test } from 'vitest';
import type { Cluster, ObjectType } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { retireRevision } from '../../../src/upgrade/retirement/retire.ts';
import type { UpgradeContext } from '../../../src/upgrade/upgrade-context.ts';
import { bundleOf } from '../../support/bundles.ts';
import { silent } from '../../support/delivery.ts';
import { injectedPod } from '../../support/mesh-objects.ts';

const live = injectedPod('1-31-0', 'shop/web');
const ending = { ...live, metadata: { ...live.metadata, deletionTimestamp: '2026-11-23T10:00:00Z' } };

/** Retires revision 1-31-0 while this pod is there and connected, for so many seconds; the seconds that it took. */
async function retired(pod: KubernetesObject, seconds: number): Promise<number> {
  let now = 0;
  const isThere = () => now < seconds * 1000;
  const { namespace = '', name } = pod.metadata;
  const cluster = {
    name: 'dev',
    get: async () => undefined,
    list: async ({ kind }: ObjectType) => ({ items: kind === 'Pod' && isThere() ? [pod] : [] }),
  } as unknown as Cluster;
  const context = {
    cluster,
    namespace: 'istio-system',
    proxies: { connected: async () => (isThere() ? [{ namespace, pod: name, version: '1.31.0', synced: true }] : []) },
    timeout: 10_000,
    clock: {
      now: () => new Date(now),
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    },
    reporter: silent,
    signal: new AbortController().signal,
  } as unknown as UpgradeContext;
  const { manifest, clusters } = bundleOf({ dev: [] });
  const bundle = clusters.dev ?? { cluster: 'dev', digest: '', stages: [] };
  await retireRevision(context, { leaving: { manifest, bundle }, staying: { manifest, bundle }, stages: [] });
  return now / 1000;
}

describe('retireRevision', () => {
  test('waits for pods that are ending', async () => {
    expect(await retired(ending, 3)).toBe(3);
  });

  test('refuses pods that do not end in time, and those that are not ending', async () => {
    await expect(retired(ending, 60)).rejects.toMatchObject({ code: 'RevisionInUse', kind: 'refused' });
    await expect(retired(live, 3)).rejects.toMatchObject({ code: 'RevisionInUse' });
  });
});
