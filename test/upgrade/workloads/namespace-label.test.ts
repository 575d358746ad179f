import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { UpgradeContext } from '../../../src/upgrade/upgrade-context.ts';
import { bringToTag, labelsInTheWay } from '../../../src/upgrade/workloads/namespace-label.ts';

describe('labelsInTheWay', () => {
  test.each<[Record<string, string>, object | undefined]>([
    [{ 'istio.io/rev': 'prod' }, undefined],
    [{}, { 'istio.io/rev': null }],
    [{ 'istio.io/rev': '1-30-0' }, { 'istio.io/rev': '1-30-0' }],
    [{ 'istio-injection': 'enabled' }, { 'istio-injection': 'enabled', 'istio.io/rev': null }],
    [{ 'istio-injection': 'enabled', 'istio.io/rev': 'prod' }, { 'istio-injection': 'enabled' }],
    [{ 'istio-injection': 'disabled' }, undefined],
  ])('of a namespace with %j', (labels, expected) => {
    expect(labelsInTheWay(labels, 'prod')).toEqual(expected);
  });
});

describe('bringToTag', () => {
  /** A namespace that somebody else writes to before each of our first `disturbed` writes. */
  function contextWith(disturbed: number) {
    const writes: string[] = [];
    const namespace: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'shop',
        labels: { 'istio-injection': 'enabled', 'istio.io/rev': 'prod' },
        managedFields: [
          {
            manager: 'argocd',
            operation: 'Apply',
            apiVersion: 'v1',
            fieldsV1: { 'f:metadata': { 'f:labels': { 'f:istio-injection': {} } } },
          },
        ],
      },
    };
    const cluster = {
      name: 'dev',
      get: async () => namespace,
      async replace(object: KubernetesObject) {
        writes.push(JSON.stringify(object.metadata.labels));
        return writes.length > disturbed ? object : undefined;
      },
    } as unknown as Cluster;
    const { signal } = new AbortController();
    return { context: { cluster, signal } as UpgradeContext, writes };
  }

  test('writes again when somebody was faster', async () => {
    const { context, writes } = contextWith(2);
    await bringToTag(context, { namespace: 'shop', tag: 'prod', label: 'managed' });
    expect(writes).toEqual(Array.from({ length: 3 }, () => '{"istio.io/rev":"prod"}'));
  });

  test('names the owner of a label that does not let it be', async () => {
    const { context } = contextWith(Number.POSITIVE_INFINITY);
    await expect(bringToTag(context, { namespace: 'shop', tag: 'prod', label: 'managed' })).rejects.toMatchObject({
      code: 'Conflict',
      retryable: true,
      message: expect.stringContaining('they are owned by "argocd"; stop what writes to it'),
    });
  });

  test('never touches a namespace that its owner labels', async () => {
    const { context, writes } = contextWith(0);
    expect(await bringToTag(context, { namespace: 'shop', tag: 'prod', label: 'owner' })).toBeUndefined();
    expect(writes).toEqual([]);
  });
});
