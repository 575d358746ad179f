import { describe, expect, test } from 'vitest';
import type { PodFault } from '../../src/local/fault.ts';
import type { Pod } from '../../src/local/pod.ts';
import { lostPodStatus, nextPodStatus } from '../../src/local/pod-status.ts';
import { makePod } from '../support/pods.ts';

const now = new Date('2026-11-23T20:00:00.500Z');
const time = '2026-11-23T20:00:00Z';
const failures: PodFault['failure'][] = ['never-ready', 'crash-loop', 'cannot-pull'];

/** A pod as the stage `pod-created` leaves it, with a proxy and an init container. */
function created(changes: Partial<Pod['status']> = {}): Pod {
  const containers = [
    { name: 'istio-proxy', image: 'proxyv2:1' },
    { name: 'web', image: 'web:1' },
  ];
  const pod = makePod({
    phase: 'Pending',
    containers,
    initContainers: [
      { name: 'init', image: 'init:1' },
      { name: 'side', image: 'side:1', restartPolicy: 'Always' },
    ],
  });
  const waiting = { waiting: { reason: 'ContainerCreating' } };
  const containerStatuses = containers.map(({ name }) => ({ name, ready: false, restartCount: 0, state: waiting }));
  return { ...pod, status: { ...pod.status, containerStatuses, ...changes } };
}

function fault(failure: PodFault['failure']): PodFault {
  return { kind: 'pod', failure };
}

function withStatus(pod: Pod, applied: ReturnType<typeof nextPodStatus>): Pod {
  return { ...pod, status: { ...pod.status, ...(applied?.['status'] as Pod['status']) } };
}

describe('nextPodStatus', () => {
  test('makes a pod ready whose containers wait', () => {
    const pod = created();
    pod.spec.readinessGates = [{ conditionType: 'example.com/gate' }];
    expect(nextPodStatus(pod, undefined, now)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'shop', uid: 'uid-web-1' },
      status: {
        phase: 'Running',
        conditions: ['Initialized', 'ContainersReady', 'Ready', 'example.com/gate'].map((type) => ({
          type,
          status: 'True',
          lastTransitionTime: time,
        })),
        containerStatuses: [
          expect.objectContaining({ name: 'istio-proxy', ready: true, state: { running: { startedAt: time } } }),
          expect.objectContaining({ name: 'web', image: 'web:1', ready: true, restartCount: 0 }),
        ],
        initContainerStatuses: [
          expect.objectContaining({ name: 'init', state: { terminated: expect.objectContaining({ exitCode: 0 }) } }),
          expect.objectContaining({ name: 'side', started: true, state: { running: { startedAt: time } } }),
        ],
      },
    });
  });

  test.each<[PodFault['failure'], string, object]>([
    ['never-ready', 'Running', { state: { running: {} }, restartCount: 0 }],
    [
      'crash-loop',
      'Running',
      {
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        restartCount: 3,
      },
    ],
    [
      'cannot-pull',
      'Pending',
      { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:1"' } } },
    ],
  ])('%s: hits the container that is not the proxy', (failure, phase, container) => {
    const status = nextPodStatus(created(), fault(failure), now)?.['status'] as Pod['status'];
    expect(status).toMatchObject({
      phase,
      containerStatuses: [
        { name: 'istio-proxy', ready: true },
        { name: 'web', ready: false, ...container },
      ],
    });
    expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [web]',
    });
  });

  test('hits the proxy where there is nothing else', () => {
    const gateway = makePod({ phase: 'Pending', containers: [{ name: 'istio-proxy', image: 'auto' }] });
    expect(nextPodStatus(gateway, fault('cannot-pull'), now)).toMatchObject({
      status: { containerStatuses: [{ name: 'istio-proxy', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
    });
  });

  test.each(failures)('%s: says it once, and makes the pod ready when it is cured', (failure) => {
    const pod = created();
    const held = withStatus(pod, nextPodStatus(pod, fault(failure), now));
    expect(nextPodStatus(held, fault(failure), now)).toBeUndefined();
    const cured = withStatus(held, nextPodStatus(held, undefined, now));
    expect(cured.status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: true }, { ready: true }] });
    expect(nextPodStatus(cured, undefined, now)).toBeUndefined();
  });

  test('keeps what a crash loop left behind', () => {
    const pod = created();
    const held = withStatus(pod, nextPodStatus(pod, fault('crash-loop'), now));
    expect(nextPodStatus(held, undefined, now)).toMatchObject({
      status: { containerStatuses: [{}, { restartCount: 3, lastState: { terminated: { exitCode: 1 } } }] },
    });
  });

  test.each(failures)('%s: leaves a pod alone that is ready', (failure) => {
    const pod = created({ conditions: [{ type: 'Ready', status: 'True' }] });
    expect(nextPodStatus(pod, fault(failure), now)).toBeUndefined();
  });

  test.each<[string, Pod]>([
    ['has no address yet', { ...created(), status: { phase: 'Pending' } }],
    ['is done', created({ phase: 'Succeeded' })],
    ['has failed', created({ phase: 'Failed' })],
    ['goes', makePod({ phase: 'Pending', deleted: true })],
  ])('says nothing of a pod that %s', (_name, pod) => {
    expect(nextPodStatus(pod, undefined, now)).toBeUndefined();
  });
});

describe('lostPodStatus', () => {
  test('takes readiness back and leaves the rest as it was last heard', () => {
    const pod = created();
    const ready = withStatus(pod, nextPodStatus(pod, undefined, now));
    const scheduled = { type: 'PodScheduled', status: 'True' };
    ready.status?.conditions?.push(scheduled);
    const later = new Date('2026-11-23T21:00:00Z');
    const lost = lostPodStatus(ready, later);
    const { containerStatuses, initContainerStatuses } = ready.status ?? {};
    expect(lost).toMatchObject({
      metadata: { uid: 'uid-web-1' },
      status: { containerStatuses, initContainerStatuses },
    });
    const { conditions } = (lost?.['status'] ?? {}) as { conditions: object[] };
    expect(conditions).toContainEqual({
      type: 'Ready',
      status: 'False',
      reason: 'NodeNotReady',
      message: 'Node is not ready',
      lastTransitionTime: '2026-11-23T21:00:00Z',
    });
    expect(conditions).toContainEqual({ type: 'ContainersReady', status: 'True', lastTransitionTime: time });
    expect(conditions).not.toContainEqual(expect.objectContaining({ type: 'PodScheduled' }));
    expect(lostPodStatus(withStatus(ready, lost), later)).toBeUndefined();
  });

  test('says nothing of a pod that never was ready', () => {
    expect(lostPodStatus(created(), now)).toBeUndefined();
  });
});
