import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { mirrorObjects } from '../../src/apply/object-mirror.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Cluster, ObjectList, WatchEvent } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

function pod(name: string, resourceVersion: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', resourceVersion, managedFields: [] } };
}

type Step = WatchEvent | DeliveryError;

/** Follows a cluster that answers with these lists and watches, one after the other; what was asked and seen. */
async function follow(lists: ObjectList[], watches: Step[][]) {
  const end = new AbortController();
  const asked: string[] = [];
  const troubles: (string | undefined)[] = [];
  const lasting: string[] = [];
  const cluster = {
    async list() {
      asked.push('list');
      return lists.shift() ?? { items: [], resourceVersion: '0' };
    },
    async *watch(_type: unknown, { resourceVersion }: { resourceVersion: string }) {
      asked.push(`watch ${resourceVersion}`);
      const steps = watches.shift();
      if (steps === undefined) return end.abort();
      for (const step of steps) {
        if (step instanceof DeliveryError) throw step;
        yield step;
      }
    },
  } as unknown as Cluster;
  const mirror = mirrorObjects({
    cluster,
    type: { apiVersion: 'v1', kind: 'Pod' },
    clock: { ...systemClock, sleep: async () => undefined },
    changed: () => undefined,
    trouble(reason, isLasting) {
      troubles.push(reason);
      if (isLasting && reason !== undefined) lasting.push(reason);
    },
  });
  await mirror.follow(end.signal);
  return { asked, troubles, lasting, objects: mirror.objects() };
}

describe('mirrorObjects', () => {
  test('keeps what the events leave, without field ownership', async () => {
    const { objects } = await follow(
      [{ resourceVersion: '5', items: [pod('a', '1'), pod('b', '2')] }],
      [
        [
          { kind: 'added', object: pod('c', '6') },
          { kind: 'modified', object: pod('b', '7') },
          { kind: 'deleted', object: pod('a', '8') },
        ],
      ],
    );
    expect(objects).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b', namespace: 'shop', resourceVersion: '7' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'c', namespace: 'shop', resourceVersion: '6' } },
    ]);
  });

  test('goes on from the last event when a watch ends or is cut off', async () => {
    const { asked, troubles } = await follow(
      [{ resourceVersion: '5', items: [] }],
      [
        [{ kind: 'bookmark', resourceVersion: '9' }],
        [{ kind: 'added', object: pod('a', '11') }, new DeliveryError('cut off', { code: 'WatchFailed' })],
      ],
    );
    expect(asked).toEqual(['list', 'watch 5', 'watch 9', 'watch 9']);
    expect(troubles).toEqual([undefined, 'cut off']);
  });

  test('lists again when the API server no longer knows the version', async () => {
    const { asked, objects, troubles } = await follow(
      [
        { resourceVersion: '5', items: [pod('a', '1')] },
        { resourceVersion: '50', items: [pod('b', '49')] },
      ],
      [[new DeliveryError('too old', { code: 'WatchExpired' })]],
    );
    expect(asked).toEqual(['list', 'watch 5', 'list', 'watch 50']);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(troubles).toEqual([undefined, undefined]);
  });

  test('says that waiting does not help where a right is missing', async () => {
    const { lasting, troubles } = await follow(
      [
        { resourceVersion: '5', items: [] },
        { resourceVersion: '6', items: [] },
      ],
      [[new DeliveryError('no right', { code: 'Forbidden' })]],
    );
    expect(lasting).toEqual(['no right']);
    expect(troubles).toEqual([undefined, 'no right', undefined]);
  });
});
