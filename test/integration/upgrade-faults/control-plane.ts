import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import { deleteObject } from '../../support/somebody.ts';
import { revisions } from '../../support/upgrade.ts';
import type { Stop, Walk } from './walk.ts';

const revision = revisions.new;
const typo = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name: 'typo' };

export function controlPlaneFaults(story: () => Walk): void {
  describe('at its new control plane', () => {
    test.each<[string, Fault, Stop]>([
      [
        'its istiod crashes again and again',
        { kind: 'istiod', revision, failure: 'crash-loop' },
        {
          code: 'NotReady',
          reason:
            /^cluster dev did not become ready after 4 s: .*Deployment istio-system\/istiod-1-31-0-b is not ready: .*pod istiod-1-31-0-b-\S+: container discovery .*ended before with Error.*Mend the cause and resume: the upgrade goes on where it stopped$/,
        },
      ],
      [
        'its istiod does not start',
        { kind: 'istiod', revision, failure: 'down' },
        {
          code: 'NotReady',
          reason: /istiod-1-31-0-b is not ready: .*pod istiod-1-31-0-b-\S+: container discovery is not ready/,
        },
      ],
      [
        'its webhook cannot be reached',
        { kind: 'webhook', revision, failure: 'unreachable' },
        {
          code: 'InjectorUnreachable',
          reason:
            /^the injector of revision 1-31-0-b of cluster dev does not answer as it must: .*connection refused.*; see istiod-1-31-0-b and its Service, then resume$/,
        },
      ],
      [
        'its webhook answers nonsense',
        { kind: 'webhook', revision, failure: 'nonsense' },
        { code: 'InjectorUnreachable', reason: /revision 1-31-0-b of cluster dev does not answer as it must: .*tls: / },
      ],
      [
        'its webhook is too slow',
        { kind: 'webhook', revision, failure: 'slow', delay: 30_000 },
        {
          code: 'InjectorUnreachable',
          reason: /revision 1-31-0-b of cluster dev does not answer as it must: .*context deadline exceeded/,
        },
      ],
    ])('stops when %s', async (_what, fault, stop) => {
      await story().faults(fault);
      await story().stops('control-plane', stop);
    });

    test('stops at configuration that its validator refuses', async () => {
      const { cluster, faults, stops } = story();
      await faults();
      // No validator is asked about an object of a revision that does not exist.
      const created = await cluster.create({
        apiVersion: typo.apiVersion,
        kind: typo.kind,
        metadata: { name: typo.name, namespace: typo.namespace, labels: { 'istio.io/rev': 'retired' } },
        spec: { hosts: ['shop.example'], http: [{ route: [{ destination: { host: 'web' }, weight: -1 }] }] },
      });
      expect(created).toMatchObject({ created: true });
      await stops('control-plane', {
        code: 'ConfigRefused',
        reason:
          /^revision 1-31-0-b does not accept the configuration of cluster dev: VirtualService shop\/typo: admission webhook "\S+\.istio\.io" denied the request: .*weight.*Mend it/,
      });
      await deleteObject(cluster, typo);
    });

    test('stops when the API server refuses writes, and says which', async () => {
      const { embedded, faults, stops } = story();
      await faults({ kind: 'api', verbs: ['patch'], resource: 'virtualservices', failure: 'status', status: 500 });
      await stops(
        'control-plane',
        {
          code: 'InternalError',
          reason:
            /^VirtualService \S+ apply failed \(InternalError\): the API server answers 500 .*; try again when the API server is well$/,
        },
        { connect: () => embedded.faultyCluster('dev') },
      );
    });

    test('goes on when all that is cured', () => story().passes('control-plane'));
  });
}
