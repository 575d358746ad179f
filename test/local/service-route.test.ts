import { describe, expect, test } from 'vitest';
import type { WebhookFault } from '../../src/local/fault.ts';
import type { IstiodPorts } from '../../src/local/istiod-workload.ts';
import { type NetworkView, type Route, routeByName, routeConnection } from '../../src/local/service-route.ts';
import { makeIstiodPod, makeIstiodService, makePod } from '../support/pods.ts';

const ports: IstiodPorts = { http: 1, https: 2, grpc: 3, secureGrpc: 4, monitoring: 5 };
const canary: IstiodPorts = { http: 11, https: 12, grpc: 13, secureGrpc: 14, monitoring: 15 };

function view(changes: Partial<NetworkView> = {}): NetworkView {
  return {
    services: [
      makeIstiodService(),
      makeIstiodService('canary', '10.96.0.10'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { clusterIP: '10.96.0.20', selector: { app: 'web' }, ports: [{ port: 80 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kubernetes', namespace: 'default' },
        spec: { clusterIP: '10.96.0.1', ports: [{ port: 443 }] },
      },
    ],
    pods: [
      makeIstiodPod({ ip: '10.244.0.3' }),
      makeIstiodPod({ revision: 'canary', hash: 'def', ip: '10.244.0.4' }),
      makePod(),
    ],
    istiod: (key) => ({ 'istio-system.1-31-0.abc': ports, 'istio-system.canary.def': canary })[key],
    webhookFault: () => undefined,
    ...changes,
  };
}

describe('routeConnection', () => {
  test.each([
    ['10.96.0.9', 443, 2],
    ['10.96.0.9', 444, 2],
    ['10.96.0.9', 15010, 3],
    ['10.96.0.9', 15012, 4],
    ['10.96.0.9', 15014, 5],
    ['10.96.0.10', 443, 12],
    ['10.244.0.3', 8080, 1],
    ['10.244.0.4', 15017, 12],
  ])('sends %s:%d to the process of the revision that it belongs to', (host, port, local) => {
    expect(routeConnection(host, port, view())).toEqual({ kind: 'dial', host: '127.0.0.1', port: local });
  });

  test('dials what is not of the cluster network as it says', () => {
    expect(routeConnection('localhost', 10247, view())).toEqual({ kind: 'dial', host: 'localhost', port: 10247 });
  });

  test.each([
    ['10.96.0.9', 9999, 'Service istio-system/istiod-1-31-0 has no port 9999'],
    ['10.96.0.20', 80, 'Service shop/web has no ready endpoint'],
    ['10.96.0.1', 443, 'Service default/kubernetes has no selector'],
    ['10.244.0.7', 80, 'Pod shop/web-1 is simulated: nothing listens in it'],
    ['10.244.0.3', 15021, 'Pod istio-system/istiod-1-31-0-abc-1 does not listen on 15021'],
  ])('refuses %s:%d', (host, port, reason) => {
    expect(routeConnection(host, port, view())).toEqual({ kind: 'refused', reason });
  });

  test('refuses a Service whose process does not answer, as one without ready endpoints', () => {
    expect(routeConnection('10.96.0.9', 443, view({ istiod: () => undefined }))).toEqual({
      kind: 'refused',
      reason: 'Service istio-system/istiod-1-31-0 has no ready endpoint',
    });
  });

  test('takes the template that answers while a rollout brings the next one', () => {
    const pods = [makeIstiodPod(), makeIstiodPod({ hash: 'new' })];
    const istiod = (key: string) => (key.endsWith('.new') ? canary : undefined);
    expect(routeConnection('10.96.0.9', 443, view({ pods, istiod }))).toMatchObject({ port: 12 });
  });
});

describe('routeByName', () => {
  test('finds a Service as its DNS name does', () => {
    expect(routeByName('istiod-canary', 'istio-system', 15010, view())).toMatchObject({ port: 13 });
  });

  test('says which Service there is not', () => {
    expect(routeByName('istiod', 'istio-system', 15010, view())).toEqual({
      kind: 'refused',
      reason: 'there is no Service istio-system/istiod',
    });
  });
});

describe('routeConnection to a webhook with a fault', () => {
  test.each<[WebhookFault, Route]>([
    [
      { kind: 'webhook', failure: 'unreachable' },
      { kind: 'refused', reason: 'connect: connection refused' },
    ],
    [{ kind: 'webhook', failure: 'nonsense' }, { kind: 'nonsense' }],
    [
      { kind: 'webhook', failure: 'slow', delay: 50 },
      { kind: 'dial', host: '127.0.0.1', port: 2, delay: 50 },
    ],
  ])('%j', (fault, route) => {
    const faulty = view({ webhookFault: ({ metadata }) => (metadata.name === 'istiod-1-31-0' ? fault : undefined) });
    expect(routeConnection('10.96.0.9', 443, faulty)).toEqual(route);
    expect(routeConnection('10.96.0.10', 443, faulty)).toEqual({ kind: 'dial', host: '127.0.0.1', port: 12 });
    expect(routeByName('istiod-1-31-0', 'istio-system', 15010, faulty)).toMatchObject({ kind: 'dial', port: 3 });
  });

  test('is slow only where somebody listens', () => {
    const slow: WebhookFault = { kind: 'webhook', failure: 'slow', delay: 50 };
    expect(routeConnection('10.96.0.20', 80, view({ webhookFault: () => slow }))).toMatchObject({ kind: 'refused' });
  });
});
