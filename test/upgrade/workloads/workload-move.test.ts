import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { decideMove, type SkipReason } from '../../../src/upgrade/workloads/workload-move.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

const facts = { namespaceLabels: { 'istio.io/rev': 'prod' }, revision: 'new', restart: 'u1' };
const oldPods = [proxyPod('one'), proxyPod('two')];
const newPods = [proxyPod('one', { revision: 'new' }), proxyPod('two', { revision: 'new' })];
const bare = [proxyPod('one', { revision: null })];

function decide(
  object: KubernetesObject,
  pods = oldPods,
  namespaceLabels: Record<string, string> = facts.namespaceLabels,
) {
  return decideMove({ object, pods }, { ...facts, namespaceLabels });
}

const restarted = { annotations: { 'istio-delivery/restart': 'u1' } };
const optedOut = { 'sidecar.istio.io/inject': 'false' };

describe('decideMove', () => {
  test.each<[string, KubernetesObject, KubernetesObject[]]>([
    ['a Deployment with pods of another revision', rolledOut(), oldPods],
    ['a StatefulSet', rolledOut('StatefulSet'), oldPods],
    ['a DaemonSet', rolledOut('DaemonSet', { status: { desiredNumberScheduled: 2 } }), oldPods],
    ['a Rollout', rolledOut('Rollout', { status: { phase: 'Healthy' } }), oldPods],
    ['a workload with some pods of the revision', rolledOut(), [...oldPods, ...newPods]],
    ['a workload whose pods cannot be created', rolledOut(), []],
    [
      'one that another move has restarted',
      rolledOut('Deployment', { annotations: { 'istio-delivery/restart': 'u0' } }),
      oldPods,
    ],
    [
      'one whose template names the tag of its namespace',
      rolledOut('Deployment', { labels: { 'istio.io/rev': 'prod' } }),
      oldPods,
    ],
  ])('restarts %s', (_name, object, pods) => {
    expect(decide(object, pods)).toEqual({ kind: 'roll' });
  });

  test.each<[string, KubernetesObject, KubernetesObject[]]>([
    ['whose pods are old still', rolledOut('Deployment', restarted), oldPods],
    ['whose pods are new', rolledOut('Deployment', restarted), newPods],
    ['that has been paused since', rolledOut('Deployment', { ...restarted, spec: { paused: true } }), oldPods],
  ])('never restarts a workload twice %s', (_name, object, pods) => {
    expect(decide(object, pods)).toEqual({ kind: 'wait' });
  });

  test('knows a Rollout that it has restarted by its own annotation', () => {
    const rollout = rolledOut('Rollout');
    rollout.metadata.annotations = restarted.annotations;
    expect(decide(rollout)).toEqual({ kind: 'wait' });
  });

  test.each<[string, KubernetesObject, KubernetesObject[]]>([
    ['whose pods are all of the revision', rolledOut(), newPods],
    ['that pins another revision, in vain', rolledOut('Deployment', { labels: { 'istio.io/rev': 'x' } }), newPods],
    ['without replicas', rolledOut('Deployment', { spec: { replicas: 0 } }), []],
    ['that no node takes', rolledOut('DaemonSet', { status: { desiredNumberScheduled: 0 } }), []],
    ['that is paused without replicas', rolledOut('Deployment', { spec: { replicas: 0, paused: true } }), []],
  ])('needs no restart of a workload %s', (_name, object, pods) => {
    expect(decide(object, pods).kind).toBe('done');
  });

  test.each<[string, KubernetesObject, KubernetesObject[], [SkipReason, RegExp, boolean]]>([
    ['whose template opts out', rolledOut('Deployment', { labels: optedOut }), bare, ['no proxy', /opts out/, false]],
    [
      'whose template opts out in the old way',
      rolledOut('Deployment', { annotations: optedOut }),
      bare,
      ['no proxy', /opts out/, false],
    ],
    [
      'whose pods have their proxies still',
      rolledOut('Deployment', { labels: optedOut }),
      oldPods,
      ['no proxy', /opts out/, true],
    ],
    [
      'in its nodes network',
      rolledOut('Deployment', { podSpec: { hostNetwork: true } }),
      bare,
      ['no proxy', /network/, false],
    ],
    ['without any proxy', rolledOut(), bare, ['no proxy', /none of its pods has a proxy/, false]],
    [
      'that pins a revision',
      rolledOut('Deployment', { labels: { 'istio.io/rev': 'old' } }),
      oldPods,
      ['pinned', /pins revision "old"/, true],
    ],
    [
      'that pins one and has no pods',
      rolledOut('Deployment', { labels: { 'istio.io/rev': 'old' }, spec: { replicas: 0 } }),
      [],
      ['pinned', /pins/, true],
    ],
    ['that is paused', rolledOut('Deployment', { spec: { paused: true } }), oldPods, ['standstill', /paused/, true]],
    [
      'in the middle of a rollout',
      rolledOut('Rollout', { status: { phase: 'Paused' } }),
      oldPods,
      ['standstill', /middle of a rollout/, true],
    ],
    [
      'that rolls on deletion only',
      rolledOut('StatefulSet', { spec: { updateStrategy: { type: 'OnDelete' } } }),
      oldPods,
      ['standstill', /OnDelete/, true],
    ],
    [
      'that keeps a partition',
      rolledOut('StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } }),
      oldPods,
      ['standstill', /partition 1/, true],
    ],
  ])('leaves a workload to its owner %s', (_name, object, pods, [why, reason, holdsOldRevision]) => {
    expect(decide(object, pods)).toEqual({
      kind: 'skip',
      why,
      reason: expect.stringMatching(reason),
      cure: expect.stringMatching(/./),
      holdsOldRevision,
    });
  });

  test.each<[string, Record<string, string>, string]>([
    ['opts out', { 'istio-injection': 'disabled', 'istio.io/rev': 'prod' }, 'skip'],
    ['asks for nothing', {}, 'skip'],
    ['asks for injection without a revision', { 'istio-injection': 'enabled' }, 'roll'],
  ])('goes by a namespace that %s', (_name, namespaceLabels, kind) => {
    expect(decide(rolledOut(), oldPods, namespaceLabels).kind).toBe(kind);
  });

  test('restarts what asks for a proxy itself, whatever its namespace says not', () => {
    expect(decide(rolledOut('Deployment', { labels: { 'sidecar.istio.io/inject': 'true' } }), oldPods, {}).kind).toBe(
      'roll',
    );
  });

  test("leaves the Deployments of Gateway API gateways to the Gateway's own step", () => {
    const gateway = rolledOut();
    gateway.metadata.labels = { 'gateway.istio.io/managed': 'istio.io-gateway-controller' };
    expect(decide(gateway)).toEqual({
      kind: 'skip',
      why: 'gateway',
      reason: 'it belongs to a Gateway of the Gateway API',
      cure: 'nothing: istiod rolls it when the tag of its Gateway moves',
      holdsOldRevision: false,
    });
  });
});
