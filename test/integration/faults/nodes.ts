import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import { objectId } from '../../../src/ports/objects.ts';
import { read } from '../../support/delivery.ts';
import type { Story } from '../../support/story.ts';
import { until } from '../../support/until.ts';
import { apply, isReady, workload } from './workloads.ts';

export function nodeFaults(story: () => Story): void {
  describe('a node that is gone', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);
    /** On the one node that will be gone. */
    const pinned = workload('Deployment', 'pinned');
    const { template } = pinned.spec as { template: { spec: { nodeSelector?: object } } };
    template.spec.nodeSelector = { 'kubernetes.io/hostname': 'node-1' };

    afterEach(() => faults());

    test('takes the readiness of its pods with it, is named, and they come back with it', async () => {
      const { cluster } = story();
      await apply(cluster, pinned);
      await isReady(cluster, pinned);
      await faults({ kind: 'node', name: 'node-1', failure: 'gone' });
      await until('its workload is not ready', async () => {
        const { status } = await read(cluster, objectId(pinned));
        return (status as { readyReplicas?: number }).readyReplicas === undefined;
      });
      await expect(isReady(cluster, pinned, 1500)).rejects.toThrow(
        /Deployment faulty-shop\/pinned is not ready: .*pod pinned-\S+: its node node-1 is not ready: Kubelet stopped/,
      );
      const node = await read(cluster, { apiVersion: 'v1', kind: 'Node', name: 'node-1' });
      expect((node.spec as { taints?: object[] }).taints).toContainEqual(
        expect.objectContaining({ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }),
      );
      await faults();
      await isReady(cluster, pinned);
    });

    test('must be there', async () => {
      await expect(faults({ kind: 'node', name: 'node-9', failure: 'gone' })).rejects.toThrow(
        'there is no node "node-9" (there are: node-0, node-1)',
      );
    });
  });
}
