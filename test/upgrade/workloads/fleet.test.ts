import { describe, expect, test } from 'vitest';
import type { Workload } from '../../../src/cluster/pod-owner.ts';
import type { ApplyResult, Cluster } from '../../../src/ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../../../src/ports/objects.ts';
import { createFleet, type FleetProgress } from '../../../src/upgrade/workloads/fleet.ts';
import type { ProxyState } from '../../../src/upgrade/workloads/proxy-watch.ts';
import { silent } from '../../support/delivery.ts';
import { proxyPod, rolledOut } from '../../support/upgrade-objects.ts';

interface FleetFields {
  batch?: number;
  answer?: (object: KubernetesObject) => ApplyResult;
  proxy?: ProxyState;
}

/** A fleet on a cluster that takes every write, and a clock that stands still until it is set. */
function fleetOf({ batch = 1, answer, proxy = { kind: 'synced' } }: FleetFields = {}) {
  const clock = { time: 0 };
  const stop = new AbortController();
  const restarted: string[] = [];
  const progress: FleetProgress[] = [];
  const cluster = {
    name: 'dev',
    async apply(object: KubernetesObject, { dryRun }: { dryRun: boolean }): Promise<ApplyResult> {
      if (dryRun) return { kind: 'applied', object: proxyPod('probe', { revision: 'new' }), warnings: [] };
      restarted.push(object.metadata.name);
      return (
        answer?.(object) ?? {
          kind: 'applied',
          object: { ...object, metadata: { ...object.metadata, generation: 2 } },
          warnings: [],
        }
      );
    },
    list: async () => ({ resourceVersion: '1', items: [] }),
    get: async ({ name }: ObjectId) => named(name, rolledOut()),
  } as unknown as Cluster;
  const fleet = createFleet(
    {
      cluster,
      proxies: { connected: async () => [] },
      policy: { groups: [], soak: 0, acknowledgeNotes: false, waivers: [] },
      namespace: 'istio-system',
      timeout: 60_000,
      clock: { now: () => new Date(clock.time), monotonic: () => clock.time, sleep: async () => undefined },
      reporter: silent,
      signal: stop.signal,
    },
    {
      namespace: 'shop',
      facts: { namespaceLabels: { 'istio.io/rev': 'prod' }, revision: 'new', restart: 'u1' },
      batch,
      watch: { stateOf: () => proxy, follow: async () => undefined },
      onProgress: (now) => progress.push(now),
    },
  );
  return { fleet, clock, stop, restarted, progress };
}

function named(name: string, object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name, uid: `uid-${name}` } };
}

function old(name: string): Workload {
  return { object: named(name, rolledOut()), pods: [proxyPod(`${name}-1`), proxyPod(`${name}-2`)] };
}

function whole(name: string): Workload {
  const object = named(
    name,
    rolledOut('Deployment', { generation: 2, annotations: { 'istio-delivery/restart': 'u1' } }),
  );
  const pods = [`${name}-3`, `${name}-4`].map((pod) => proxyPod(pod, { revision: 'new', restart: 'u1' }));
  return { object, pods };
}

function stuck(name: string): Workload {
  const { object, pods } = whole(name);
  return { object: { ...object, status: { observedGeneration: 2, replicas: 2, updatedReplicas: 1 } }, pods };
}

describe('a fleet', () => {
  test('begins as many as may roll at once, and the next when one is whole', async () => {
    const { fleet, restarted } = fleetOf({ batch: 2 });
    expect(await fleet.advance([old('a'), old('b'), old('c')])).toBe(false);
    expect(restarted).toEqual(['a', 'b']);
    await fleet.advance([stuck('a'), stuck('b'), old('c')]);
    expect(restarted).toEqual(['a', 'b']);
    await fleet.advance([stuck('a'), whole('b'), old('c')]);
    expect(restarted).toEqual(['a', 'b', 'c']);
    await fleet.advance([whole('a'), whole('b'), stuck('c')]);
    expect(await fleet.advance([whole('a'), whole('b'), whole('c')])).toBe(true);
    expect(fleet.moved()).toBe(3);
  });

  test('counts what another run has begun among those that roll', async () => {
    const { fleet, restarted } = fleetOf({ batch: 1 });
    await fleet.advance([stuck('a'), old('b')]);
    expect(restarted).toEqual([]);
    await fleet.advance([whole('a'), old('b')]);
    expect(restarted).toEqual(['b']);
  });

  test('waits for the proxies of a workload before it calls it whole', async () => {
    const { fleet } = fleetOf({ proxy: { kind: 'absent' } });
    expect(await fleet.advance([whole('a')])).toBe(false);
    expect(fleet.moved()).toBe(0);
  });

  test('tells how far it is', async () => {
    const { fleet, progress } = fleetOf();
    await fleet.advance([old('a'), old('b')]);
    await fleet.advance([stuck('a'), old('b')]);
    await fleet.advance([whole('a'), old('b')]);
    expect(progress.map(({ done, total }) => `${done}/${total}`)).toEqual(['0/2', '0/2', '1/2']);
    expect(progress[1]?.waiting).toEqual([{ object: 'Deployment shop/a', reason: '1 of 2 replicas updated' }]);
  });

  test('begins nothing more when one fails, and awaits what is on its way', async () => {
    const { fleet, clock, restarted } = fleetOf({ batch: 2 });
    await fleet.advance([old('a'), old('b'), old('c')]);
    await fleet.advance([stuck('a'), stuck('b'), old('c')]);
    clock.time = 50_000;
    const more = { ...stuck('b'), pods: [...stuck('b').pods, proxyPod('b-5', { revision: 'new', restart: 'u1' })] };
    expect(await fleet.advance([stuck('a'), more, old('c')])).toBe(false);
    clock.time = 61_000;
    expect(await fleet.advance([stuck('a'), stuck('b'), old('c')])).toBe(false);
    await expect(fleet.advance([stuck('a'), whole('b'), old('c')])).rejects.toMatchObject({
      code: 'WorkloadUnhealthy',
      retryable: true,
      message:
        'Deployment shop/a of cluster dev is not well on revision new after 61 s: 1 of 2 replicas updated; 1 more of the namespace are not begun. Mend the cause and resume: the upgrade goes on from here',
    });
    expect(restarted).toEqual(['a', 'b']);
  });

  test('takes up a workload that comes meanwhile, and drops one that goes', async () => {
    const { fleet, restarted } = fleetOf({ batch: 1 });
    await fleet.advance([old('a')]);
    await fleet.advance([stuck('a'), old('b')]);
    await fleet.advance([old('b')]);
    expect(restarted).toEqual(['a', 'b']);
    await fleet.advance([whole('b')]);
    expect(await fleet.advance([])).toBe(true);
    expect(fleet.moved()).toBe(1);
  });

  test('does not make a workload anew that goes while it is restarted', async () => {
    const { fleet, restarted } = fleetOf({ answer: () => ({ kind: 'changed' }) });
    await fleet.advance([old('a')]);
    expect(await fleet.advance([old('a')])).toBe(true);
    expect(restarted).toEqual(['a']);
    expect(fleet.moved()).toBe(0);
  });

  test('fails where a restart is refused', async () => {
    const { fleet } = fleetOf({ answer: () => ({ kind: 'invalid', reason: 'no restarts on Mondays' }) });
    await fleet.advance([old('a'), old('b')]);
    await expect(fleet.advance([old('a'), old('b')])).rejects.toThrow(
      /^Deployment shop\/a .* after 0 s: its restart was refused: no restarts on Mondays; 1 more of the namespace/,
    );
  });

  test('begins nothing once it is to stop', async () => {
    const { fleet, stop, restarted } = fleetOf();
    stop.abort(new Error('stopped'));
    await expect(fleet.advance([old('a')])).rejects.toThrow('stopped');
    expect(restarted).toEqual([]);
  });
});
