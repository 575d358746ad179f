import { describe, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import { deleteObject } from '../../support/somebody.ts';
import { until } from '../../support/until.ts';
import { revisions } from '../../support/upgrade.ts';
import { type Stop, tryAgain, type Walk } from './walk.ts';

const revision = revisions.new;
const namespace = 'istio-gateways';
const quota = { apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'full' };

export function gatewayFaults(story: () => Walk): void {
  describe('at its new gateways', () => {
    test('stops at a full quota', async () => {
      const { cluster, stops } = story();
      const { apiVersion, kind, name } = quota;
      await cluster.create({ apiVersion, kind, metadata: { name, namespace }, spec: { hard: { pods: '0' } } });
      await stops('gateways', {
        code: 'NotReady',
        reason: /Deployment istio-gateways\/ingress-1-31-0-b is not ready: 0 of 2 .*exceeded quota: full/,
      });
      await deleteObject(cluster, quota);
    });

    test.each<[string, Fault, Stop]>([
      [
        'the webhook of their revision cannot be reached',
        { kind: 'webhook', revision, failure: 'unreachable' },
        {
          code: 'NotReady',
          reason:
            /Deployment istio-gateways\/ingress-1-31-0-b is not ready: 0 of 2 .*failed calling webhook .*connection refused/,
        },
      ],
      [
        'their image cannot be pulled',
        { kind: 'pod', namespace, revision, failure: 'cannot-pull' },
        {
          code: 'NotReady',
          reason:
            /ingress-1-31-0-b is not ready: .*pod ingress-1-31-0-b-\S+: container istio-proxy waits: ImagePullBackOff/,
        },
      ],
      [
        'their pods crash',
        { kind: 'pod', namespace, revision, failure: 'crash-loop' },
        {
          code: 'NotReady',
          reason: /ingress-1-31-0-b is not ready: .*container istio-proxy waits: CrashLoopBackOff/,
        },
      ],
      [
        'their pods never become ready',
        { kind: 'pod', namespace, revision, failure: 'never-ready' },
        { code: 'NotReady', reason: /ingress-1-31-0-b is not ready: .*container istio-proxy is not ready/ },
      ],
      [
        'their proxies never connect',
        { kind: 'proxy', namespace, revision, failure: 'never-connects' },
        {
          code: 'ProxiesNotSynced',
          reason:
            /^cluster dev did not get its proxies of revision 1-31-0-b within 4 s: .*Deployment istio-gateways\/ingress-1-31-0-b: the proxy of pod ingress-1-31-0-b-\S+ is not connected to revision 1-31-0-b.*Mend the cause, then resume$/,
        },
      ],
      [
        'their proxies never acknowledge',
        { kind: 'proxy', namespace, revision, failure: 'never-acknowledges', types: ['listeners'] },
        {
          code: 'ProxiesNotSynced',
          reason: /ingress-1-31-0-b: the proxy of pod ingress-1-31-0-b-\S+ is not in sync: .*LDS/,
        },
      ],
      [
        'their proxies reject what they are sent',
        { kind: 'proxy', namespace, revision, failure: 'rejects', types: ['clusters'] },
        {
          code: 'ProxiesNotSynced',
          reason: /ingress-1-31-0-b: the proxy of pod ingress-1-31-0-b-\S+ is not in sync: .*CDS/,
        },
      ],
      [
        'istiod is down',
        { kind: 'istiod', revision, failure: 'down' },
        { code: 'ProxiesNotSynced', reason: /proxies of revision 1-31-0-b cannot be listed .*istiod/ },
      ],
    ])('stops when %s', async (_what, fault, stop) => {
      await story().faults(fault);
      await tryAgain(story().cluster, namespace);
      if (fault.kind === 'pod') await until('the pods are there', podsAreThere);
      await story().stops('gateways', stop);
    });

    async function podsAreThere(): Promise<boolean> {
      const { items } = await story().cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace });
      return items.filter(({ metadata }) => metadata.labels?.['istio.io/rev'] === revision).length === 4;
    }

    test('goes on when all that is cured', () => story().passes('gateways'));
  });
}
