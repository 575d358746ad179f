import { describe, expect, test } from 'vitest';
import { formatObjectId } from '../../../src/ports/objects.ts';
import { podOwner } from '../../../src/upgrade/workloads/pod-owner.ts';
import { named, ownedBy } from '../../support/mesh-objects.ts';

const pod = named('Pod', 'shop/web-abc-1', { labels: { 'pod-template-hash': 'abc' } });
const ofRollout = named('Pod', 'shop/web-abc-1', { labels: { 'rollouts-pod-template-hash': 'abc' } });
const replicaSet = (name: string) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name });

describe('podOwner', () => {
  test.each([
    ['a pod of a Deployment', ownedBy(pod, replicaSet('web-abc')), 'Deployment shop/web'],
    ['a pod of a Rollout', ownedBy(ofRollout, replicaSet('web-abc')), 'Rollout shop/web'],
    ['a pod of a bare ReplicaSet', ownedBy(pod, replicaSet('web')), 'ReplicaSet shop/web'],
    ['a pod of a Job', ownedBy(pod, { apiVersion: 'batch/v1', kind: 'Job', name: 'sums' }), 'Job shop/sums'],
    ['a bare pod', pod, 'Pod shop/web-abc-1'],
  ])('%s', (_name, given, owner) => {
    expect(formatObjectId(podOwner(given))).toBe(owner);
  });
});
