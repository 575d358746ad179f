import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { leftoverPods } from '../../../src/upgrade/workloads/leftover-pods.ts';
import { sharePods } from '../../../src/upgrade/workloads/pod-owner.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

function owned(name: string, kind: string, owner: string): KubernetesObject {
  return proxyPod(name, { controller: { kind, name: owner } });
}

describe('sharePods', () => {
  test('gives each pod to the workload that made it, whatever its labels say', () => {
    const pods = [
      proxyPod('of-the-deployment'),
      owned('of-a-job', 'Job', 'web'),
      owned('of-the-set', 'StatefulSet', 'web'),
      proxyPod('of-another', { controller: { kind: 'ReplicaSet', name: 'web-admin-abc' } }),
      proxyPod('of-a-bare-set', { labels: { app: 'web' }, controller: { kind: 'ReplicaSet', name: 'web-abc' } }),
      proxyPod('of-the-rollout', { labels: { 'rollouts-pod-template-hash': 'abc' } }),
    ];
    const objects = ['Deployment', 'StatefulSet', 'Rollout'].map((kind) => rolledOut(kind));
    const { workloads, others } = sharePods(objects, pods);
    const names = (held: KubernetesObject[]) => held.map(({ metadata }) => metadata.name);
    expect(workloads.map(({ object, pods }) => [object.kind, names(pods)])).toEqual([
      ['Deployment', ['of-the-deployment']],
      ['StatefulSet', ['of-the-set']],
      ['Rollout', ['of-the-rollout']],
    ]);
    expect(names(others)).toEqual(['of-a-job', 'of-another', 'of-a-bare-set']);
  });
});

describe('leftoverPods', () => {
  const nightly: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'nightly-1',
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
    ];
    expect(leftoverPods(pods, [nightly], 'new')).toMatchObject([
      { object: 'Pod shop/debug', reason: 'it has a proxy of revision old, and no controller that makes it anew' },
      { object: 'Job shop/once', reason: 'a pod of it has a proxy of revision old and has not ended' },
      { object: 'CronJob shop/nightly', reason: '2 pods of it have a proxy of revision old and have not ended' },
      { object: 'CloneSet shop/clone', cure: expect.stringContaining('in the way of its controller') },
    ]);
  });

  test('passes over pods of the revision, and pods without a proxy', () => {
    expect(leftoverPods([proxyPod('a', { revision: 'new' }), proxyPod('b', { revision: null })], [], 'new')).toEqual(
      [],
    );
  });
});
