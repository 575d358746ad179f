import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { ProxyState } from '../../../src/upgrade/workloads/proxy-watch.ts';
import { proxyLack, rolloutLack, wholePods } from '../../../src/upgrade/workloads/workload-state.ts';
import { type ProxyPodFields, proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

const facts = { revision: 'new', restart: 'u1', generation: 2 };

function fresh(name: string, fields: ProxyPodFields = {}): KubernetesObject {
  return proxyPod(name, { revision: 'new', restart: 'u1', ...fields });
}

function lack(pods: KubernetesObject[], object = rolledOut('Deployment', { generation: 2 })) {
  return rolloutLack({ object, pods }, facts);
}

function status(fields: Record<string, unknown>, kind = 'Deployment'): KubernetesObject {
  return rolledOut(kind, { generation: 2, status: fields });
}

function condition(type: string, value: string, more: Record<string, string>): KubernetesObject {
  return status({ updatedReplicas: 1, conditions: [{ type, status: value, ...more }] });
}

const whole = [fresh('one'), fresh('two')];
const unready = fresh('one', { ready: false });

describe('rolloutLack', () => {
  test('finds nothing where every pod is new, ready and of the revision', () => {
    expect(lack(whole)).toBeUndefined();
    expect(wholePods({ object: rolledOut(), pods: [...whole, unready, proxyPod('old')] }, 'new')).toBe(2);
  });

  test.each<[string, KubernetesObject[], KubernetesObject, RegExp]>([
    [
      'a restart that the watch has not shown',
      whole,
      rolledOut('Deployment', { generation: 1 }),
      /restart has not been seen/,
    ],
    [
      'a rollout on its way',
      [unready],
      status({ updatedReplicas: 1 }),
      /1 of 2 replicas updated \(pod one: container main is not ready\)/,
    ],
    ['pods that the watch has not shown', [fresh('one')], status({}), /1 of 2 pods are there/],
    ['old pods', [...whole, proxyPod('old')], status({}), /1 of 3 pods with a proxy of revision old are still there/],
    ['a pod that is not ready again', [fresh('two'), unready], status({}), /pod one is not ready/],
    [
      'a Rollout that restarts its pods',
      whole,
      status({ phase: 'Progressing', message: 'more replicas' }, 'Rollout'),
      /phase is Progressing: more replicas/,
    ],
  ])('waits for %s', (_name, pods, object, reason) => {
    expect(lack(pods, object)).toEqual({ reason: expect.stringMatching(reason) });
  });

  test.each<[string, KubernetesObject[], KubernetesObject, object]>([
    [
      'a controller that has given up',
      [unready],
      condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded', message: 'timed out' }),
      { trouble: 'certain', reason: 'timed out (pod one: container main is not ready)' },
    ],
    [
      'pods that are refused',
      [],
      condition('ReplicaFailure', 'True', { message: 'exceeded quota' }),
      { trouble: 'likely', reason: '1 of 2 replicas updated (exceeded quota)' },
    ],
    [
      'an image that is not there',
      [fresh('one', { ready: false, waits: 'ImagePullBackOff' })],
      status({ updatedReplicas: 1 }),
      { trouble: 'likely', reason: 'pod one: container main waits: ImagePullBackOff' },
    ],
    [
      'a new pod of another revision',
      [fresh('one', { revision: 'old' })],
      status({ updatedReplicas: 1 }),
      {
        trouble: 'certain',
        reason: 'pod one is new and started with a proxy of revision old',
        cure: expect.stringContaining('kubectl rollout restart deployment/web -n shop'),
      },
    ],
    [
      'a pause',
      [unready],
      rolledOut('Deployment', { generation: 2, spec: { paused: true }, status: { updatedReplicas: 1 } }),
      { trouble: 'certain', reason: 'it is paused: 1 of 2 replicas updated', cure: 'Resume its own rollout first' },
    ],
    [
      'a new pod without a proxy',
      [fresh('one', { revision: null })],
      status({ updatedReplicas: 1 }),
      { trouble: 'certain', reason: 'pod one is new and started with no proxy' },
    ],
    [
      'a Rollout that is degraded',
      whole,
      status({ phase: 'Degraded', message: 'too late' }, 'Rollout'),
      { trouble: 'certain', reason: 'it is degraded: too late' },
    ],
  ])('sees that waiting may not mend %s', (_name, pods, object, found) => {
    expect(lack(pods, object)).toMatchObject(found);
  });

  test('does not blame the crash of an old pod on the restart', () => {
    const crashed = proxyPod('old', { ready: false, waits: 'CrashLoopBackOff' });
    expect(lack([crashed], status({ updatedReplicas: 1 }))).toEqual({ reason: '1 of 2 replicas updated' });
  });
});

describe('proxyLack', () => {
  const states: Record<string, ProxyState> = {
    fine: { kind: 'synced' },
    unasked: { kind: 'unknown' },
    forbidden: { kind: 'unknown', reason: 'pods is forbidden', lasting: true },
    absent: { kind: 'absent' },
    behind: { kind: 'behind', reason: 'CDS was not acknowledged' },
    rejected: { kind: 'rejected', reason: 'LDS was rejected' },
  };

  function found(...names: string[]) {
    return proxyLack(
      names.map((name) => fresh(name)),
      'new',
      ({ name }) => states[name] ?? expect.fail(name),
    );
  }

  test.each<[string[], object | undefined]>([
    [['fine', 'fine'], undefined],
    [[], undefined],
    [['fine', 'unasked'], { reason: 'the proxy of pod unasked has not been asked about yet' }],
    [['unasked', 'forbidden'], { reason: 'pods is forbidden', trouble: 'certain' }],
    [['absent'], { reason: 'the proxy of pod absent is not connected to an istiod of revision new' }],
    [['behind'], { reason: 'the proxy of pod behind is not in sync: CDS was not acknowledged' }],
    [
      ['behind', 'rejected'],
      { reason: 'the proxy of pod rejected refuses its configuration: LDS was rejected', trouble: 'certain' },
    ],
  ])('of pods %j', (names, expected) => {
    expect(found(...names)).toEqual(expected);
  });
});
