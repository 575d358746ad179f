import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import { writeInventory, writeUpgradeJournal } from '../../src/apply/write-state.ts';
import { type InventoryEntry, inventoryName, readInventory } from '../../src/plan/cluster-state.ts';
import { readOpenUpgrade } from '../../src/plan/open-upgrade.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { held } from '../support/held.ts';
import { deleteObject, replaceObject } from '../support/somebody.ts';
import { journal, namespaceEntry } from '../support/upgrades.ts';
import { watchedCluster } from '../support/watched-cluster.ts';
import { type ApiWrite, startWriteGate } from '../support/write-gate.ts';

const namespace = 'default';
const headId = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: inventoryName };

/** An inventory as a mesh of that many objects has it. */
function inventory(size: number, stem: string): InventoryEntry[] {
  return Array.from({ length: size }, (_, index) => ({
    id: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      namespace: `team-${index % 400}`,
      name: `${stem}-${index}`,
    },
    stage: 'config',
    uid: `0f8fad5b-d9cb-469f-a165-${String(index).padStart(12, '0')}`,
  }));
}

describe('what a cluster keeps of a large mesh', () => {
  let embedded: Embedded;
  let cluster: Cluster;
  const large = inventory(10_000, 'route');

  const parts = async (of = inventoryName): Promise<KubernetesObject[]> =>
    (
      await cluster.list(
        { apiVersion: 'v1', kind: 'ConfigMap' },
        { namespace, labelSelector: `istio-delivery/part-of=${of}`, metadataOnly: true },
      )
    ).items;

  const head = async () => ((await cluster.get(headId))?.data ?? {}) as Record<string, string>;

  beforeAll(async () => {
    embedded = await startEmbedded(['plain']);
    cluster = embedded.cluster('plain');
  });

  afterAll(() => embedded?.stop());

  test('is one ConfigMap where it fits into one, readable by people', async () => {
    const small = inventory(3, 'small');
    await writeInventory(held(cluster), namespace, small);
    expect(await readInventory(cluster, namespace)).toEqual(small);
    const { objects, parts: more } = await head();
    expect(objects?.split('\n')).toHaveLength(5);
    expect(more).toBe('');
  });

  test('is read back as it was written with 10,000 objects', async () => {
    await writeInventory(held(cluster), namespace, large);
    expect(await readInventory(cluster, namespace)).toEqual(large);
    const names = (await head()).parts?.split('\n');
    expect(names?.length).toBeGreaterThan(2);
    expect((await parts()).map(({ metadata }) => metadata.name).sort()).toEqual(names?.toSorted());
  });

  test('lists its parts without their content', async () => {
    for (const part of await parts()) expect(part).not.toHaveProperty('data');
  });

  test('is the one of before or the new one, wherever the write of it is cut off', async () => {
    const writes: ApiWrite[] = [];
    let next = inventory(10_000, 'next');
    let known = large;
    for (let cut = 0; ; cut += 1) {
      writes.length = 0;
      const gate = await startWriteGate(embedded, 'plain', async (write, side) => {
        if (side === 'before') writes.push(write);
        return writes.length > cut / 2 && (side === 'before' ? cut % 2 === 0 : true);
      });
      const gated = connectCluster({ name: 'plain', context: 'plain', kubeconfig: gate.kubeconfig });
      const written = await Promise.race([
        writeInventory(held(gated), namespace, next).then(() => 'through' as const),
        new Promise<'cut'>((resolve) => {
          const look = setInterval(() => {
            if (writes.length <= cut / 2) return;
            clearInterval(look);
            setTimeout(() => resolve('cut'), 150);
          }, 10);
        }),
      ]).catch(() => 'cut' as const);
      await gate.close();
      const read = await readInventory(cluster, namespace);
      expect([known[0]?.id.name, next[0]?.id.name]).toContain(read[0]?.id.name);
      expect(read).toHaveLength(10_000);
      if (written === 'through') break;
      // What is there now is what the next write finds.
      known = read;
      if (read[0]?.id.name === next[0]?.id.name) next = inventory(10_000, `next-${cut}`);
    }
    await writeInventory(held(cluster), namespace, large);
    const names = (await head()).parts?.split('\n');
    expect((await parts()).map(({ metadata }) => metadata.name).sort()).toEqual(names?.toSorted());
  });

  test('is read by whoever reads while it is written anew', async () => {
    const other = inventory(10_000, 'other');
    const looks: Promise<number>[] = [];
    const watched = watchedCluster(cluster, () => {
      looks.push(readInventory(cluster, namespace).then(({ length }) => length));
    });
    await writeInventory(held(watched), namespace, other);
    expect(new Set(await Promise.all(looks))).toEqual(new Set([10_000]));
    await writeInventory(held(cluster), namespace, large);
  });

  test.each<[string, (part: KubernetesObject) => Promise<unknown>, RegExp]>([
    [
      'was changed',
      ({ metadata: { name } }) =>
        replaceObject(cluster, { ...headId, name }, (object) => {
          object.data = { objects: '' };
        }),
      /its part ConfigMap default\/istio-delivery-inventory-[0-9a-f]{16} was changed; restore it/,
    ],
    [
      'is missing',
      ({ metadata: { name } }) => deleteObject(cluster, { ...headId, name }),
      /its part ConfigMap default\/istio-delivery-inventory-[0-9a-f]{16} is missing; restore it/,
    ],
  ])('is no empty inventory where a part of it %s', async (_what, spoil, message) => {
    await writeInventory(held(cluster), namespace, large);
    const [part] = await parts();
    if (!part) throw new Error('there is no part');
    await spoil(part);
    await expect(readInventory(cluster, namespace)).rejects.toMatchObject({
      code: 'ClusterStateUnreadable',
      message: expect.stringMatching(message),
    });
  });

  test('shrinks back to one ConfigMap', async () => {
    await writeInventory(held(cluster), namespace, inventory(3, 'small'));
    expect(await readInventory(cluster, namespace)).toEqual(inventory(3, 'small'));
    expect(await parts()).toEqual([]);
  });

  test('holds the journal of an upgrade of 8,000 namespaces, what is left to their owners with it', async () => {
    const skipped = [{ object: 'Pod team/debug', reason: 'is a bare pod', cure: 'delete it', holdsOldRevision: true }];
    const namespaces = Array.from({ length: 8_000 }, (_, index) => [`team-${index}`, namespaceEntry({ skipped })]);
    const open = journal({
      groups: { main: Object.fromEntries(namespaces) },
      timeline: namespaces.map((_, index) => ({
        at: new Date(index * 1000).toISOString(),
        proxies: { old: index, new: 8_000 - index },
      })),
    });
    const written = await writeUpgradeJournal(held(cluster), namespace, open);
    expect(written.metadata.name).toBe('istio-delivery-upgrade');
    expect(await readJournal(cluster, namespace)).toEqual(open);
    expect(await readOpenUpgrade(cluster, namespace)).toMatchObject({ id: open.id });
    expect((await parts('istio-delivery-upgrade')).length).toBeGreaterThan(1);
    await writeUpgradeJournal(held(cluster), namespace, { ...open, state: 'rolled back' });
    expect((await readJournal(cluster, namespace))?.state).toBe('rolled back');
  });
});
