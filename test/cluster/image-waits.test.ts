import { expect, test } from 'vitest';
import { imageWaits } from '../../src/cluster/image-waits.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const pod: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: {
    initContainers: [{ name: 'init', image: 'a/init:1' }],
    containers: [
      { name: 'app', image: 'a/app:1' },
      { name: 'side', image: 'a/side:1' },
    ],
  },
  status: {
    initContainerStatuses: [{ name: 'init', image: 'docker.io/a/init:1', state: { terminated: { exitCode: 0 } } }],
    containerStatuses: [
      {
        name: 'app',
        image: 'docker.io/a/app:1',
        state: { waiting: { reason: 'ErrImagePull', message: 'no such host' } },
      },
      { name: 'side', image: 'a/side:1', state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ],
  },
};

test('finds containers without their image, named as their pod names it', () => {
  expect(imageWaits([pod, { ...pod, status: {} }])).toEqual([
    { image: 'a/app:1', pod: 'web-1', namespace: 'shop', said: 'ErrImagePull: no such host' },
  ]);
});
