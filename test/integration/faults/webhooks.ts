import { afterEach, describe, expect, test } from 'vitest';
import { setFaults } from '../../../src/adapters/embedded/control-socket.ts';
import type { Fault } from '../../../src/local/fault.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { Story } from '../../support/story.ts';
import { apply, applyReady, isReady, namespace, remove, workload } from './workloads.ts';

export function webhookFaults(story: () => Story): void {
  describe('the webhooks of a revision', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);
    const database = workload('StatefulSet', 'database');
    let pods = 0;

    /** Creates a pod, which is injected. */
    async function createPod(): Promise<KubernetesObject> {
      pods += 1;
      const created = await story().cluster.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `alone-${pods}`, namespace },
        spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] },
      });
      return created.created ? created.object : expect.fail('the name is taken');
    }

    afterEach(() => faults());

    test('are unreachable, also over connections that are open', async () => {
      await createPod();
      await faults({ kind: 'webhook', revision: '1-31-0', failure: 'unreachable' });
      await expect(createPod()).rejects.toMatchObject({
        code: 'WebhookUnreachable',
        message: expect.stringContaining('connection refused'),
      });
      await faults({ kind: 'webhook', revision: 'another', failure: 'unreachable' });
      await createPod();
    });

    test('answer nonsense', async () => {
      await faults({ kind: 'webhook', service: 'istio-system/istiod-*', failure: 'nonsense' });
      await expect(createPod()).rejects.toThrow(/failed calling webhook .*tls/);
      await faults();
      const { metadata } = await createPod();
      expect(metadata.annotations).toMatchObject({ 'istio.io/rev': '1-31-0' });
    });

    test('are slow', async () => {
      await faults({ kind: 'webhook', service: 'istio-system/*', failure: 'slow', delay: 800 });
      const started = Date.now();
      await createPod();
      expect(Date.now() - started).toBeGreaterThan(790);
      await faults();
      await createPod();
      const again = Date.now();
      await createPod();
      expect(Date.now() - again).toBeLessThan(600);
    });

    test('are named by a workload that has no condition for it, once its pods cannot be created', async () => {
      await faults({ kind: 'webhook', revision: '1-31-0', failure: 'unreachable' });
      await apply(story().cluster, database);
      await expect(isReady(story().cluster, database, 2000)).rejects.toThrow(
        /StatefulSet faulty-shop\/database is not ready: 0 of 2 .*FailedCreate: .*failed calling webhook .*connection refused/,
      );
      await faults();
      await isReady(story().cluster, database);
    });

    test('a full quota is named in the same way', async () => {
      const { cluster } = story();
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full', namespace } };
      await cluster.create({ ...quota, spec: { hard: { pods: '0' } } });
      await remove(cluster, database);
      await apply(cluster, workload('StatefulSet', 'ledger'));
      await expect(isReady(cluster, workload('StatefulSet', 'ledger'), 2000)).rejects.toThrow(
        /StatefulSet faulty-shop\/ledger is not ready: 0 of 2 .*FailedCreate: .*exceeded quota: full/,
      );
      await remove(cluster, quota);
      await applyReady(cluster, workload('StatefulSet', 'ledger'));
      await remove(cluster, workload('StatefulSet', 'ledger'));
    });

    test('stay as they are when a fault is not one, and the mistake is named', async () => {
      const { faultyKubeconfig } = story().embedded;
      const socket = faultyKubeconfig('dev').replace('faulty-kubeconfig', 'control.sock');
      const wrong = [{ kind: 'webhook', failure: 'sleepy' }] as unknown as Fault[];
      await expect(setFaults(socket, wrong)).rejects.toThrow(
        /^faults were not set: faults\[0\]\.failure: expected one of "unreachable", "nonsense", "slow", got "sleepy"/,
      );
      await createPod();
    });
  });
}
