import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { workloadOutcomes } from '../../../src/rehearsal/team/workload-outcomes.ts';
import { followWorkload } from '../../../src/rehearsal/team/workload-tale.ts';

function pod(uid: string, restartCount: number, exitCode = 137): KubernetesObject {
  const lastState = restartCount > 0 ? { terminated: { reason: 'OOMKilled', exitCode } } : {};
  const status = { containerStatuses: [{ name: 'app', restartCount, lastState }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: uid, namespace: 'shop', uid }, status };
}

describe('what is seen of a workload', () => {
  test('begins with the first look: restarts before it are not blamed on what follows', () => {
    const tale = followWorkload();
    tale.look([pod('a', 2)], { at: 1, ready: 1 });
    tale.look([pod('a', 2)], { at: 2, ready: 1 });
    expect(tale.end(3)).toEqual({ restarts: [], restartedBefore: true, gaps: [] });
  });

  test('has each restart since, of old pods and of new ones', () => {
    const tale = followWorkload();
    tale.look([pod('a', 0)], { at: 1, ready: 1 });
    tale.look([pod('a', 1), pod('b', 0)], { at: 2, ready: 1 });
    tale.look([pod('b', 2)], { at: 3, ready: 1 });
    const how = 'OOMKilled (exit code 137)';
    expect(tale.end(4)).toEqual({
      restarts: [
        { container: 'app', at: 2, how },
        { container: 'app', at: 3, how },
        { container: 'app', at: 3, how },
      ],
      restartedBefore: false,
      gaps: [],
    });
  });

  test('has the times without a ready pod, the last of them until the end', () => {
    const tale = followWorkload();
    for (const [at, ready] of [
      [1, 1],
      [2, 0],
      [3, 0],
      [5, 1],
      [8, 0],
    ] as const) {
      tale.look([], { at, ready });
    }
    expect(tale.end(9).gaps).toEqual([
      { from: 2, to: 5 },
      { from: 8, to: 9 },
    ]);
  });
});

describe('workloadOutcomes', () => {
  const quiet = { workload: 'Deployment shop/cart', state: 'ready', restarts: [], restartedBefore: false, gaps: [] };
  const asked = { target: 'cart', of: 'team' as const, how: '', rate: 5, workloads: ['Deployment shop/cart'] };
  const at = Date.parse('2026-11-24T10:00:00.400Z');
  const restart = { container: 'app', at, how: 'Error (exit code 1)' };

  test('finds nothing in a workload that stayed well, and names what asked it', () => {
    const other = { ...asked, target: 'pay', workloads: [] };
    expect(workloadOutcomes([quiet], [asked, other])).toEqual([
      { workload: 'Deployment shop/cart', targets: ['cart'], state: 'ready', restarts: 0, away: 0, findings: [] },
    ]);
  });

  test.each([
    [{ state: '0 of 1 replicas ready' }, 'is not ready after the change: 0 of 1 replicas ready'],
    [
      { restarts: [restart, restart] },
      'was restarted: container app 2 times during the change, the first at 2026-11-24T10:00:00Z: Error (exit code 1)',
    ],
    [
      { gaps: [{ from: at, to: at + 1500 }] },
      'had no ready pod for 1.5 s during the change, from 2026-11-24T10:00:00Z',
    ],
  ])('names the workload with what is wrong with it: %#', (seen, finding) => {
    expect(workloadOutcomes([{ ...quiet, ...seen }], [])).toMatchObject([
      { findings: [`Deployment shop/cart ${finding}`] },
    ]);
  });

  test('names what a workload lost of its own requests, where it had lost none before', () => {
    const requests = [
      { host: 'cart.shop:80', before: { answered: 90, failed: 0 }, since: { answered: 1949, failed: 13 } },
      { host: 'stock.shop:80', before: { answered: 90, failed: 9 }, since: { answered: 100, failed: 9 } },
      { host: 'pay.shop:80', before: { answered: 90, failed: 0 }, since: { answered: 100, failed: 0 } },
    ];
    expect(workloadOutcomes([{ ...quiet, requests }], [])).toMatchObject([
      {
        requests: { answered: 2149, failed: 22 },
        findings: [
          'Deployment shop/cart lost 13 of 1949 requests of its own to cart.shop:80 during the change, by its sidecar (status 500 or above)',
        ],
      },
    ]);
  });

  test('does not blame the change for a workload that restarts at every start', () => {
    const seen = { ...quiet, restarts: [restart], restartedBefore: true };
    expect(workloadOutcomes([seen], [])).toMatchObject([{ restarts: 1, findings: [] }]);
  });
});
