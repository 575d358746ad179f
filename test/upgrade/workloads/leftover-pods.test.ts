import { describe, expect, test } from 'vitest';
import { ownersThrough } from '../../../src/cluster/pod-owner.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { leftoverPods } from '../../../src/upgrade/workloads/leftover-pods.ts';
import { proxyPod } from '../../support/upgrade-objects.ts';

function owned(name: string, kind: string, owner: string): KubernetesObject {
  return proxyPod(name, { controller: { kind, name: owner } });
}

describe('leftoverPods', () => {
  const nightly: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'nightly-1',
      uid: 'uid-Job-nightly-1',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', controller: true }],
    },
  };

  test('lists what holds another revision, by what keeps it alive', () => {
    const pods = [
      owned('debug', 'Pod', ''),
      owned('once-1', 'Job', 'once'),
      owned('nightly-1-1', 'Job', 'nightly-1'),
      owned('nightly-1-2', 'Job', 'nightly-1'),
      owned('clone-1', 'CloneSet', 'clone'),
      owned('db-0', 'StatefulSet', 'db'),
    ];
    expect(leftoverPods(pods, ownersThrough([nightly]), 'new')).toMatchObject([
      { object: 'Pod shop/debug', reason: 'it has a proxy of revision old, and no controller that makes it anew' },
      { object: 'Job shop/once', reason: 'a pod of it has a proxy of revision old and has not ended' },
      { object: 'CronJob shop/nightly', reason: '2 pods of it have a proxy of revision old and have not ended' },
      { object: 'CloneSet shop/clone', cure: expect.stringContaining('in the way of its controller') },
      {
        object: 'StatefulSet shop/db',
        reason: 'a pod of it has a proxy of revision old, and the StatefulSet that made it is gone',
        cure: 'delete the pod: nothing replaces it',
      },
    ]);
  });

  test('passes over pods of the revision, and pods without a proxy', () => {
    const pods = [proxyPod('a', { revision: 'new' }), proxyPod('b', { revision: null })];
    expect(leftoverPods(pods, ownersThrough([]), 'new')).toEqual([]);
  });
});
