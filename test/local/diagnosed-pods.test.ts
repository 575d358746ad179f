import { expect, test } from 'vitest';
import { diagnosedPods } from '../../src/local/diagnosed-pods.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';

const pod = (name: string, phase: string, status: Record<string, unknown> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  status: { phase, ...status },
});
const running = (name: string, ready = true) => ({ name, ready, restartCount: 0, state: { running: {} } });
const done = { name: 'init', ready: false, restartCount: 0, state: { terminated: { reason: 'Completed' } } };

test('a pod that runs well, and one that has done its work, are not told of', () => {
  const pods = [
    pod('web', 'Running', { initContainerStatuses: [done], containerStatuses: [running('web')] }),
    pod('job', 'Succeeded', { containerStatuses: [done] }),
  ];
  expect(diagnosedPods(pods)).toEqual({ unready: [], restarted: [], injected: [], lines: [] });
});

test('a proxy that runs is found among containers and init containers', () => {
  const pods = [
    pod('one', 'Running', { containerStatuses: [running('web'), running('istio-proxy')] }),
    pod('two', 'Running', { initContainerStatuses: [running('istio-proxy')], containerStatuses: [running('web')] }),
  ];
  expect(diagnosedPods(pods).injected).toEqual([
    { namespace: 'shop', name: 'one' },
    { namespace: 'shop', name: 'two' },
  ]);
});

test('a pod that is not well is told with its reason, and its logs are asked for where there are any', () => {
  const crashing = {
    name: 'web',
    ready: false,
    restartCount: 3,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
  };
  const pulling = { name: 'side', ready: false, restartCount: 0, state: { waiting: { reason: 'ErrImagePull' } } };
  const found = diagnosedPods([
    pod('web', 'Running', { containerStatuses: [crashing, pulling] }),
    pod('lost', 'Pending'),
  ]);
  expect(found.lines).toEqual([
    'Pod shop/web is not well: web waiting (CrashLoopBackOff: back-off 40s), 3 restarts; side waiting (ErrImagePull)',
    'Pod shop/lost is not well: Pending',
  ]);
  expect(found.unready).toEqual([{ namespace: 'shop', pod: 'web', container: 'web' }]);
  expect(found.restarted).toEqual(found.unready);
});
