import { describe, expect, test } from 'vitest';
import { planObject } from '../../src/plan/plan-object.ts';
import type { ApplyResult, Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const object: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { ours: 'new' },
};
const planned = { object, stage: 'base' as const, scaled: false, inBundle: { namespace: true } };
const options = { forceConflicts: false };

/** A cluster in which somebody writes to the object after it was read, so many times. */
function restlessCluster(writes: number): Cluster {
  let left = writes;
  let data: Record<string, string> = { ours: 'old' };
  let version = 1;
  const live = (): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(version) },
    data,
  });
  return {
    async get() {
      const read = live();
      if (left > 0) {
        left -= 1;
        version += 1;
        data = { ...data, theirs: `write ${version}` };
      }
      return read;
    },
    async apply(sent: KubernetesObject): Promise<ApplyResult> {
      if (sent.metadata.resourceVersion !== String(version)) return { kind: 'changed' };
      return { kind: 'applied', object: { ...live(), data: { ...data, ...(sent.data as object) } }, warnings: [] };
    },
  } as unknown as Cluster;
}

describe('planObject', () => {
  test.each([0, 1, 4])(
    'takes nothing for a change of its own that others wrote meanwhile (%i times)',
    async (writes) => {
      const { outcome } = await planObject(restlessCluster(writes), planned, options);
      expect(outcome).toMatchObject({
        kind: 'change',
        change: { action: 'update', fields: [{ path: '.data.ours', before: 'old', after: 'new' }] },
      });
    },
  );

  test('says so when others never stop to write', async () => {
    const { outcome } = await planObject(restlessCluster(Number.POSITIVE_INFINITY), planned, options);
    expect(outcome).toMatchObject({
      kind: 'problem',
      problem: { reason: expect.stringMatching(/changing it at this/) },
    });
  });
});
