import { describe, expect, test } from 'vitest';
import { type OwnerOf, ownerId, ownersThrough, sharePods } from '../../src/cluster/pod-owner.ts';
import { formatObjectId, type KubernetesObject } from '../../src/ports/objects.ts';
import { proxyPod, rolledOut } from '../support/upgrade-objects.ts';

interface Controller {
  kind: string;
  name: string;
  uid?: string;
  apiVersion?: string;
}

/** An object between a pod and its workload, with the UID `uid-<kind>-<name>`. */
function between(kind: 'ReplicaSet' | 'Job', name: string, controller?: Controller): KubernetesObject {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  const ownerReferences = controller
    ? [{ apiVersion: 'apps/v1', uid: `uid-${controller.kind}-${controller.name}`, ...controller, controller: true }]
    : [];
  return { apiVersion, kind, metadata: { name, namespace: 'shop', uid: `uid-${kind}-${name}`, ownerReferences } };
}

const deployment = { kind: 'Deployment', name: 'web' };
const set = (name: string) => ({ kind: 'ReplicaSet', name });
const ownerName = (pod: KubernetesObject, ownerOf: OwnerOf) =>
  formatObjectId(ownerId(ownerOf(pod), pod.metadata.namespace));

describe('ownersThrough', () => {
  const known = [
    between('ReplicaSet', 'web-abc', deployment),
    between('ReplicaSet', 'by-hand', deployment),
    between('ReplicaSet', 'ro-abc', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'ro' }),
    between('ReplicaSet', 'left-abc'),
    between('Job', 'nightly-1', { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly' }),
    between('Job', 'once'),
  ];
  const hashed = { 'pod-template-hash': 'abc' };
  const hashedByArgo = { 'rollouts-pod-template-hash': 'abc' };

  test.each<[string, KubernetesObject, string]>([
    ['of a Deployment', proxyPod('web-abc-1', { controller: set('web-abc') }), 'Deployment shop/web'],
    ['of a ReplicaSet that a Deployment adopted', proxyPod('x', { controller: set('by-hand') }), 'Deployment shop/web'],
    ['of an Argo Rollout', proxyPod('x', { controller: set('ro-abc') }), 'Rollout shop/ro'],
    [
      'of a ReplicaSet that a Deployment left behind',
      proxyPod('x', { controller: set('left-abc') }),
      'ReplicaSet shop/left-abc',
    ],
    [
      'of a newer ReplicaSet of a Deployment',
      proxyPod('x', { labels: hashed, controller: set('api-abc') }),
      'Deployment shop/api',
    ],
    [
      'of a newer ReplicaSet of a Rollout',
      proxyPod('x', { labels: hashedByArgo, controller: set('api-abc') }),
      'Rollout shop/api',
    ],
    [
      'of an unknown ReplicaSet without a hash',
      proxyPod('x', { labels: hashed, controller: set('api') }),
      'ReplicaSet shop/api',
    ],
    ['of a StatefulSet', proxyPod('db-0', { controller: { kind: 'StatefulSet', name: 'db' } }), 'StatefulSet shop/db'],
    ['of a Job', proxyPod('x', { controller: { kind: 'Job', name: 'once' } }), 'Job shop/once'],
    [
      'of a Job of a CronJob',
      proxyPod('x', { controller: { kind: 'Job', name: 'nightly-1' } }),
      'CronJob shop/nightly',
    ],
    [
      'of another Job with the name of that',
      proxyPod('x', { controller: { kind: 'Job', name: 'nightly-1', uid: 'other' } }),
      'Job shop/nightly-1',
    ],
    ['that nothing controls', proxyPod('debug', { controller: { kind: 'Pod', name: '' } }), 'Pod shop/debug'],
  ])('names the owner of a pod %s', (_name, pod, owner) => {
    expect(ownerName(pod, ownersThrough(known))).toBe(owner);
  });
});

describe('sharePods', () => {
  const names = (held: KubernetesObject[]) => held.map(({ metadata }) => metadata.name);

  function shared(objects: KubernetesObject[], pods: KubernetesObject[], known: KubernetesObject[] = []) {
    const { workloads, others } = sharePods(objects, pods, ownersThrough(known));
    return { workloads: workloads.map(({ object, pods }) => [object.kind, names(pods)]), others: names(others) };
  }

  test('gives each pod to the workload that made it, whatever its labels say', () => {
    const pods = [
      proxyPod('of-the-deployment'),
      proxyPod('of-a-job', { controller: { kind: 'Job', name: 'web' } }),
      proxyPod('of-the-set', { controller: { kind: 'StatefulSet', name: 'web' } }),
      proxyPod('of-another', { controller: set('web-admin-abc') }),
      proxyPod('of-a-bare-set', { labels: { app: 'web' }, controller: set('web-abc') }),
      proxyPod('of-the-rollout', { labels: { 'rollouts-pod-template-hash': 'abc' } }),
      proxyPod('bare', { controller: { kind: 'Pod', name: '' } }),
    ];
    const argo = { ...rolledOut('Rollout'), apiVersion: 'argoproj.io/v1alpha1' };
    expect(shared([rolledOut(), rolledOut('StatefulSet'), argo], pods)).toEqual({
      workloads: [
        ['Deployment', ['of-the-deployment']],
        ['StatefulSet', ['of-the-set']],
        ['Rollout', ['of-the-rollout']],
      ],
      others: ['of-a-job', 'of-another', 'of-a-bare-set', 'bare'],
    });
  });

  test('gives no pod to a workload that only has the name of its owner', () => {
    const former = { ...deployment, uid: 'former' };
    const pods = [
      proxyPod('of-the-former', { controller: set('web-abc') }),
      proxyPod('of-the-former-set', { controller: { kind: 'StatefulSet', name: 'web', uid: 'former' } }),
      proxyPod('of-its-own', { controller: set('web-def') }),
      proxyPod('of-another-group', { controller: set('web-ghi') }),
    ];
    const known = [
      between('ReplicaSet', 'web-abc', former),
      between('ReplicaSet', 'web-def', deployment),
      between('ReplicaSet', 'web-ghi', { apiVersion: 'apps.example.com/v1', ...deployment }),
    ];
    expect(shared([rolledOut(), rolledOut('StatefulSet')], pods, known)).toEqual({
      workloads: [
        ['Deployment', ['of-its-own']],
        ['StatefulSet', []],
      ],
      others: ['of-the-former', 'of-the-former-set', 'of-another-group'],
    });
  });

  test('leaves the pods of a Deployment that was deleted without them to its ReplicaSet, though one has its name again', () => {
    const pods = [proxyPod('left', { controller: set('web-abc') })];
    expect(shared([rolledOut()], pods, [between('ReplicaSet', 'web-abc')])).toEqual({
      workloads: [['Deployment', []]],
      others: ['left'],
    });
  });

  test('keeps namespaces apart', () => {
    expect(shared([rolledOut()], [proxyPod('elsewhere', { namespace: 'catalog' })])).toMatchObject({
      others: ['elsewhere'],
    });
  });
});
