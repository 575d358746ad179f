import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { syncGoneNodes } from '../../../src/adapters/embedded/node-faults.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';

/** A cluster with these nodes, true where one looks gone; what is written to it, in order. */
function clusterOf(nodes: Record<string, boolean>) {
  const writes: string[] = [];
  const cluster = {
    list: async () => ({
      resourceVersion: '1',
      items: Object.entries(nodes).map(([name, gone]) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, annotations: gone ? { 'istio-delivery/gone': 'true' } : {} },
      })),
    }),
    apply: async ({ metadata }: KubernetesObject) => {
      writes.push(`${metadata.name} ${metadata.annotations ? 'annotated' : 'freed'}`);
    },
    applyStatus: async ({ metadata, status }: KubernetesObject) => {
      const { conditions } = status as { conditions: { type: string; status: string }[] };
      writes.push(`${metadata.name} ${conditions.map(({ type, status }) => `${type}=${status}`)}`);
    },
  } as unknown as Cluster;
  return { cluster, writes };
}

describe('syncGoneNodes', () => {
  test.each<[Record<string, boolean>, string[], string[]]>([
    // What plays the kubelet must know before the status changes.
    [{ a: false, b: false }, ['a'], ['a annotated', 'a Ready=Unknown']],
    [{ a: true, b: false }, ['a'], []],
    [{ a: true, b: false }, ['b'], ['a freed', 'b annotated', 'b Ready=Unknown']],
    [{ a: true, b: true }, [], ['a freed', 'b freed']],
    [{ a: false }, [], []],
  ])('%j with %j gone: %j', async (nodes, gone, expected) => {
    const { cluster, writes } = clusterOf(nodes);
    await syncGoneNodes(cluster, new Set(gone), systemClock);
    expect(writes).toEqual(expected);
  });

  test('refuses a node that is not there, before it writes', async () => {
    const { cluster, writes } = clusterOf({ a: false, b: true });
    await expect(syncGoneNodes(cluster, new Set(['a', 'c']), systemClock)).rejects.toMatchObject({
      code: 'NodeUnknown',
      kind: 'usage',
      message: expect.stringContaining('there is no node "c" (there are: a, b)'),
    });
    expect(writes).toEqual([]);
  });
});
