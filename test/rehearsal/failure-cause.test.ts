import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import type { Cluster, ObjectType } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { withCause } from '../../src/rehearsal/failure-cause.ts';
import { lostWatch, steadyWatch } from '../support/infrastructure.ts';

const signal = new AbortController().signal;
const notReady = new DeliveryError('Deployment shop/web is not ready: Back-off pulling image "a/app:1"', {
  code: 'NotReady',
  remedy: 'promote again',
});

function clusterOf(objects: KubernetesObject[]): Cluster {
  const list = async ({ kind }: ObjectType) => ({ items: objects.filter((object) => object.kind === kind) });
  return { list } as unknown as Cluster;
}

function waiting(message: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'a/app:1' }] },
    status: {
      containerStatuses: [
        { name: 'app', image: 'a/app:1', state: { waiting: { reason: 'ImagePullBackOff', message } } },
      ],
    },
  };
}

const causeOf = (
  objects: KubernetesObject[],
  { images = ['a/other:1'], error = notReady, watch = steadyWatch() } = {},
) => withCause(clusterOf(objects), error, { watch, images, signal });

describe('withCause', () => {
  test('leaves what is the fault of what was done', async () => {
    expect(await causeOf([])).toBe(notReady);
    const elsewhere = waiting('no such host');
    const other = new DeliveryError('the traffic of it fails', { code: 'TrafficFailed' });
    expect(await causeOf([elsewhere], { error: other })).toBe(other);
  });

  test('finds a cluster that is lost behind everything', async () => {
    const found = await causeOf([], { watch: lostWatch('node container one is gone') });
    expect(found).toMatchObject({ code: 'ClusterLost', reason: expect.stringContaining('node container one is gone') });
  });

  test('finds a node that has run short', async () => {
    const conditions = [{ type: 'DiskPressure', status: 'True' }];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' }, status: { conditions } };
    expect(await causeOf([node])).toMatchObject({
      code: 'NodeShortage',
      reason: expect.stringMatching(/node one has DiskPressure; then: Deployment shop\/web is not ready/),
    });
  });

  test('finds an image of others that no node gets', async () => {
    expect(await causeOf([waiting('a/app:1: not found')])).toMatchObject({
      code: 'ImageUnavailable',
      reason:
        'images cannot be pulled by the nodes: image a/app:1 of pod shop/web-1: ImagePullBackOff: a/app:1: not found',
    });
  });

  test('finds an image of the bundle only where its registry did not answer', async () => {
    const images = ['a/app:1'];
    expect(await causeOf([waiting('a/app:1: not found')], { images })).toBe(notReady);
    expect(await causeOf([waiting('lookup a: no such host')], { images })).toMatchObject({ code: 'ImageUnavailable' });
  });

  test('leaves the stop of the run alone', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    const options = { watch: lostWatch('it is gone'), images: [], signal: stop };
    expect(await withCause(clusterOf([]), notReady, options)).toBe(notReady);
  });
});
