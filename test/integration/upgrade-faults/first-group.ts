import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { until } from '../../support/until.ts';
import { revisions } from '../../support/upgrade.ts';
import { type Write, watchedCluster } from '../../support/watched-cluster.ts';
import { annotate, hasPods, type Stop, tryAgain, type Walk } from './walk.ts';

const revision = revisions.new;
const payments = { apiVersion: 'v1', kind: 'Namespace', name: 'payments' };

export function firstGroupFaults(story: () => Walk): void {
  /** The cluster, where somebody does something before each write of one kind. */
  const disturbed = (write: Write, somebody: () => Promise<unknown>) => (cluster: Cluster) =>
    watchedCluster(cluster, async ({ verb, object }) => {
      if (verb === write.verb && object === write.object) await somebody();
    });

  describe('at its first group', () => {
    test.each<[string, Fault, Stop]>([
      [
        'the webhook of the new revision cannot be reached',
        { kind: 'webhook', revision, failure: 'unreachable' },
        {
          code: 'InjectorUnreachable',
          reason: /^the injector of revision 1-31-0-b of cluster dev does not answer as it must: .*connection refused/,
        },
      ],
      [
        'the webhook of the new revision answers nonsense',
        { kind: 'webhook', revision, failure: 'nonsense' },
        { code: 'InjectorUnreachable', reason: /revision 1-31-0-b of cluster dev does not answer as it must: .*tls: / },
      ],
    ])('stops before it touches anything when %s', async (_what, fault, stop) => {
      const { faults, stops, untouched } = story();
      await faults(fault);
      await stops('group:canary', stop);
      await untouched('group:canary');
    });

    test('stops when somebody writes its namespace again and again', async () => {
      const { cluster, faults, stops } = story();
      await faults();
      let writes = 0;
      const write = () => {
        writes += 1;
        return annotate(cluster, payments, { 'example.com/writes': String(writes) });
      };
      await cluster.apply(
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'payments', labels: { 'istio-injection': 'enabled' } },
        },
        { fieldManager: 'somebody', dryRun: false, force: true },
      );
      await stops(
        'group:canary',
        {
          code: 'Conflict',
          reason:
            /^labels istio-injection of Namespace payments of cluster dev cannot be written \(Conflict\): it changed 5 times meanwhile, and they are owned by "somebody"; stop what writes to it, and resume$/,
        },
        { connect: disturbed({ verb: 'replace', object: 'Namespace payments' }, write) },
      );
    });

    test('stops when istiod goes down between restarts, and one write in between stops nothing', async () => {
      const { cluster, faults, stops } = story();
      let writes = 0;
      const once = (connected: Cluster) =>
        watchedCluster(connected, async ({ verb, object }) => {
          if (object === 'Namespace payments' && verb === 'replace' && ++writes === 1)
            await annotate(cluster, payments, { 'example.com/once': 'yes' });
          if (object === 'Deployment payments/web') await faults({ kind: 'istiod', revision, failure: 'down' });
        });
      await stops(
        'group:canary',
        {
          code: 'WorkloadUnhealthy',
          reason: /Deployment payments\/web of cluster dev is not well on revision 1-31-0-b after \d+ s: .*webhook/,
        },
        { connect: once },
      );
      expect(writes).toBe(2);
    });

    test('stops when a node is gone', async () => {
      const { cluster, faults, stops } = story();
      await faults({ kind: 'node', name: 'node-1', failure: 'gone' });
      await until('its pods are not ready', async () => {
        const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Node' });
        const node = items.find(({ metadata }) => metadata.name === 'node-1');
        return (node?.spec as { taints?: { effect: string }[] } | undefined)?.taints?.some(
          ({ effect }) => effect === 'NoSchedule',
        );
      });
      await until('istiod is back, and the pods that it kept from starting are there', async () => {
        await tryAgain(cluster, 'payments');
        return hasPods(cluster, 'payments', 'api');
      });
      await stops('group:canary', {
        code: 'WorkloadUnhealthy',
        reason:
          /Deployment payments\/api of cluster dev is not well on revision 1-31-0-b after \d+ s: .*(0\/2 nodes are available|node node-1 is not ready)/,
      });
    });

    test.each<[string, Fault, Stop]>([
      [
        'never connect',
        { kind: 'proxy', namespace: 'payments', name: 'web', failure: 'never-connects' },
        {
          code: 'WorkloadUnhealthy',
          reason:
            /Deployment payments\/web of cluster dev is not well on revision 1-31-0-b after \d+ s: the proxy of pod web-\S+ is not connected to an istiod of revision 1-31-0-b/,
        },
      ],
      [
        'never acknowledge',
        { kind: 'proxy', namespace: 'payments', name: 'web', failure: 'never-acknowledges', types: ['listeners'] },
        {
          code: 'WorkloadUnhealthy',
          reason: /Deployment payments\/web .*: the proxy of pod web-\S+ is not in sync: .*LDS/,
        },
      ],
    ])('stops when proxies %s', async (_what, fault, stop) => {
      const { cluster, faults, stops } = story();
      await faults();
      await tryAgain(cluster, 'payments');
      await until('the pods are there', () => hasPods(cluster, 'payments', 'api'));
      await faults(fault);
      await stops('group:canary', stop, { timeout: 6_000 });
    });

    test('goes on when all that is cured', () => story().passes('group:canary'));
  });
}
