import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import { read } from '../../support/delivery.ts';
import { meshByStep } from '../../support/mesh-by-step.ts';
import { deleteObject } from '../../support/somebody.ts';
import { until } from '../../support/until.ts';
import { revisions } from '../../support/upgrade.ts';
import { hasPods, type Stop, tryAgain, type Walk } from './walk.ts';

const revision = revisions.new;

export function secondGroupFaults(story: () => Walk): void {
  describe('at its second group', () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'catalog', name: 'full' };
    let shop: unknown;

    /** The namespace that comes after the one in which it stopped. */
    async function shopNow(): Promise<unknown> {
      const group = (await meshByStep(story().cluster, { shop: ['shop'] })).get('group:shop');
      return (group as { members: unknown[] }).members;
    }

    test('stops at a full quota', async () => {
      const { cluster, stops } = story();
      shop = await shopNow();
      const { apiVersion, kind, name, namespace } = quota;
      await cluster.create({ apiVersion, kind, metadata: { name, namespace }, spec: { hard: { pods: '0' } } });
      await stops('group:main', {
        code: 'WorkloadUnhealthy',
        reason:
          /Deployment catalog\/web of cluster dev is not well on revision 1-31-0-b after \d+ s: .*exceeded quota: full/,
      });
      await deleteObject(cluster, quota);
      expect(await shopNow()).toEqual(shop);
    });

    test.each<[string, Fault, Stop]>([
      [
        'an image cannot be pulled',
        { kind: 'pod', namespace: 'catalog', name: 'web', revision, failure: 'cannot-pull' },
        {
          code: 'WorkloadUnhealthy',
          reason:
            /^Deployment catalog\/web .*: pod web-\S+: container \S+ waits: ImagePullBackOff, Back-off pulling image/,
        },
      ],
      [
        'a workload crashes',
        { kind: 'pod', namespace: 'catalog', name: 'web', revision, failure: 'crash-loop' },
        {
          code: 'WorkloadUnhealthy',
          reason: /^Deployment catalog\/web .*: pod web-\S+: container \S+ waits: CrashLoopBackOff/,
        },
      ],
      [
        'a workload never becomes ready',
        { kind: 'pod', namespace: 'catalog', name: 'web', revision, failure: 'never-ready' },
        { code: 'WorkloadUnhealthy', reason: /^Deployment catalog\/web .*pod web-\S+: container \S+ is not ready/ },
      ],
    ])('stops when %s', async (_what, fault, stop) => {
      const { cluster, faults, stops } = story();
      await faults(fault);
      await tryAgain(cluster, 'catalog');
      await until('the pods are there', () => hasPods(cluster, 'catalog', 'web'));
      await stops('group:main', stop);
      expect(await shopNow()).toEqual(shop);
    });

    test('stops when proxies reject what they are sent', async () => {
      const { faults, stops } = story();
      await faults({ kind: 'proxy', namespace: 'catalog', revision, failure: 'rejects', types: ['clusters'] });
      await stops(
        'group:main',
        { code: 'WorkloadUnhealthy', reason: /the proxy of pod \S+ refuses its configuration: .*CDS/ },
        { timeout: 10_000 },
      );
      expect(await shopNow()).toEqual(shop);
    });

    test('stops when the API server refuses restarts, and says which', async () => {
      const { embedded, faults, stops } = story();
      await faults({ kind: 'api', verbs: ['patch'], resource: 'deployments', failure: 'status', status: 500 });
      await stops(
        'group:main',
        {
          code: 'InternalError',
          reason:
            /^Deployment shop\/\S+ apply failed \(InternalError\): the API server answers 500 .*; try again when the API server is well$/,
        },
        { connect: () => embedded.faultyCluster('dev') },
      );
      expect(await shopNow()).toEqual(shop);
    });

    test('goes on through an API server that is slow, busy, and cuts connections and watches', async () => {
      const { embedded, faults, go } = story();
      await faults(
        { kind: 'api', verbs: ['patch'], resource: 'deployments', failure: 'status', status: 429, first: 2 },
        { kind: 'api', verbs: ['patch'], failure: 'lost-answer', first: 2 },
        { kind: 'api', verbs: ['get', 'list'], failure: 'reset', first: 5 },
        { kind: 'api', verbs: ['watch'], failure: 'dropped-watch', first: 5 },
        { kind: 'api', failure: 'latency', delay: 20 },
      );
      const outcome = await go('group:main', { connect: () => embedded.faultyCluster('dev') });
      expect(outcome).not.toHaveProperty('reason');
      expect(outcome.journal).not.toHaveProperty('failure');
    });

    test('has restarted each workload once', async () => {
      const { cluster } = story();
      for (const namespace of ['payments', 'catalog', 'shop']) {
        for (const name of ['web', 'api']) {
          const { metadata } = await read(cluster, { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
          expect(metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
        }
      }
    });
  });
}
