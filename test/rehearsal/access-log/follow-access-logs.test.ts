import { expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import type { Cluster, PodContainer } from '../../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { followAccessLogs } from '../../../src/rehearsal/access-log/follow-access-logs.ts';
import { until } from '../../support/until.ts';

const line = (path: string, code: number) =>
  `{"start_time":"2026-11-29T10:03:21.250Z","path":"${path}","authority":"a","response_code":${code},"response_flags":"-"}`;

function pod(name: string, annotations: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'edge', annotations } };
}

const injected = { 'sidecar.istio.io/status': '{}' };

/** A cluster with these pods, each of whose logs is what is given, and then goes on. */
function clusterOf(pods: KubernetesObject[], logs: Record<string, string[]>): Cluster {
  return {
    name: 'dev',
    list: async () => ({ resourceVersion: '1', items: pods }),
    async *log({ pod: name }: PodContainer, signal: AbortSignal) {
      yield* logs[name] ?? [];
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  } as unknown as Cluster;
}

test('what proxies log of failed requests is kept, with the pod, and whatever becomes of it', async () => {
  const pods = [
    pod('ingress-a', { ...injected, 'inject.istio.io/templates': 'gateway' }),
    pod('front-a', injected),
    pod('outside-a', {}),
  ];
  const cluster = clusterOf(pods, {
    'ingress-a': ['2026-11-29T10:03:00Z\tinfo\tready', line('/', 200), line('/', 503)],
    'front-a': [line('/', 0)],
    'outside-a': [line('/', 500)],
  });
  const logs = followAccessLogs(cluster, { namespaces: ['edge'], clock: systemClock });
  await until('both entries', async () => logs.entries().length === 2);
  pods.splice(0);
  await logs.stop({ atOnce: true });
  expect(logs.entries().map(({ proxy, status }) => [proxy.pod, proxy.isGateway, status])).toEqual(
    expect.arrayContaining([
      ['ingress-a', true, 503],
      ['front-a', false, 0],
    ]),
  );
  expect(logs.isForeign()).toBe(false);
});

test('a cluster that cannot be asked, or a log that breaks off, is no error', async () => {
  let asked = 0;
  const cluster = {
    name: 'dev',
    async list() {
      asked += 1;
      if (asked === 1) return { resourceVersion: '1', items: [pod('ingress-a', injected)] };
      throw new Error('gone');
    },
    // biome-ignore lint/correctness/useYield: it breaks off before its first line
    async *log() {
      throw new Error('not yet');
    },
  } as unknown as Cluster;
  const clock = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(5, signal) };
  const logs = followAccessLogs(cluster, { namespaces: ['edge'], clock });
  await until('a third look', async () => asked > 2);
  await logs.stop({ atOnce: true });
  expect(logs.entries()).toEqual([]);
});
