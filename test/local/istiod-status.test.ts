import { describe, expect, test } from 'vitest';
import { istiodPodStatus } from '../../src/local/istiod-status.ts';
import type { Pod } from '../../src/local/pod.ts';
import { makeIstiodPod } from '../support/pods.ts';

const now = new Date('2026-11-23T20:00:00.500Z');

function applied(pod: Pod, status: ReturnType<typeof istiodPodStatus>): Pod {
  return { ...pod, status: { ...pod.status, ...(status?.['status'] as Pod['status']) } };
}

describe('istiodPodStatus', () => {
  test('makes the pod ready when its process is', () => {
    const status = istiodPodStatus(makeIstiodPod(), { ready: true, restarts: 0 }, now);
    expect(status).toMatchObject({
      metadata: { name: 'istiod-1-31-0-abc-1', namespace: 'istio-system' },
      status: {
        conditions: [
          { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-11-23T20:00:00Z' },
          { type: 'Ready', status: 'True' },
        ],
        containerStatuses: [{ name: 'discovery', ready: true, restartCount: 0 }],
      },
    });
  });

  test('says nothing when the pod says it already', () => {
    const health = { ready: true, restarts: 0 };
    const ready = applied(makeIstiodPod(), istiodPodStatus(makeIstiodPod(), health, now));
    expect(istiodPodStatus(ready, health, new Date())).toBeUndefined();
  });

  test('takes readiness back, with the reason and the restarts', () => {
    const ready = applied(makeIstiodPod(), istiodPodStatus(makeIstiodPod(), { ready: true, restarts: 0 }, now));
    const status = istiodPodStatus(ready, { ready: false, restarts: 2, reason: 'it ended with SIGKILL' }, now);
    expect(status).toMatchObject({
      status: {
        conditions: [
          { status: 'False', message: 'it ended with SIGKILL' },
          { status: 'False', reason: 'ContainersNotReady' },
        ],
        containerStatuses: [{ ready: false, restartCount: 2 }],
      },
    });
  });

  test('shows a process that waits to be started again as a kubelet does, and how it ended once it runs', () => {
    const pod = makeIstiodPod();
    const health = { ready: false, restarts: 2, reason: 'it ended', crash: { exitCode: 137 } };
    const crashed = applied(pod, istiodPodStatus(pod, health, now));
    expect(crashed.status?.containerStatuses).toMatchObject([
      {
        ready: false,
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 137, reason: 'Error' } },
      },
    ]);
    expect(istiodPodStatus(crashed, health, new Date())).toBeUndefined();
    const running = applied(crashed, istiodPodStatus(crashed, { ready: false, restarts: 3, reason: 'starts' }, now));
    expect(running.status?.containerStatuses).toMatchObject([
      { ready: false, restartCount: 3, state: { running: {} }, lastState: { terminated: { exitCode: 137 } } },
    ]);
  });
});
