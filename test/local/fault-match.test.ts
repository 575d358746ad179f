import { describe, expect, test } from 'vitest';
import type { ApiFault, Fault, PodFault, ProxyFault, WebhookFault } from '../../src/local/fault.ts';
import {
  type ApiCall,
  apiCallOf,
  goneNodes,
  hitsCall,
  istiodFaultOf,
  podFaultOf,
  proxyAnswer,
  proxyFaultOf,
  webhookFaultOf,
} from '../../src/local/fault-match.ts';
import { makeIstiodPod, makeIstiodService, makePod } from '../support/pods.ts';

describe('apiCallOf', () => {
  test.each<[string, string, ApiCall]>([
    ['GET', '/version', { verb: 'list', resource: '', namespace: '', name: '' }],
    ['GET', '/apis/apps/v1', { verb: 'list', resource: '', namespace: '', name: '' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: '', name: '' }],
    ['GET', '/api/v1/namespaces/shop', { verb: 'get', resource: 'namespaces', namespace: '', name: 'shop' }],
    [
      'PUT',
      '/api/v1/namespaces/a/finalize',
      { verb: 'update', resource: 'namespaces/finalize', namespace: '', name: 'a' },
    ],
    ['POST', '/api/v1/namespaces/shop/pods', { verb: 'create', resource: 'pods', namespace: 'shop', name: '' }],
    ['GET', '/api/v1/namespaces/shop/pods?limit=1', { verb: 'list', resource: 'pods', namespace: 'shop', name: '' }],
    ['GET', '/api/v1/pods?watch=true&x=y', { verb: 'watch', resource: 'pods', namespace: '', name: '' }],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web/status?force=true',
      { verb: 'patch', resource: 'deployments/status', namespace: 'shop', name: 'web' },
    ],
    ['DELETE', '/api/v1/nodes/node-0', { verb: 'delete', resource: 'nodes', namespace: '', name: 'node-0' }],
  ])('reads %s %s', (method, url, call) => {
    expect(apiCallOf(method, url)).toEqual(call);
  });
});

describe('hitsCall', () => {
  const call: ApiCall = { verb: 'patch', resource: 'deployments', namespace: 'shop', name: 'web' };

  test.each<[Partial<ApiFault>, boolean]>([
    [{}, true],
    [{ verbs: ['get', 'patch'] }, true],
    [{ verbs: ['get'] }, false],
    [{ resource: 'deployments' }, true],
    [{ resource: 'deploy*' }, true],
    [{ resource: 'deployments/*' }, false],
    [{ resource: '*s' }, true],
    [{ resource: 'deployment.' }, false],
    [{ namespace: 'shop' }, true],
    [{ namespace: 'istio-*' }, false],
    [{ name: 'we?' }, false],
    [{ resource: 'deployments', namespace: 'shop', name: 'web' }, true],
  ])('%j: %s', (fields, hit) => {
    expect(hitsCall({ kind: 'api', failure: 'reset', ...fields } as ApiFault, call)).toBe(hit);
  });

  test('drops watches and nothing else', () => {
    const fault: ApiFault = { kind: 'api', failure: 'dropped-watch' };
    expect(hitsCall(fault, call)).toBe(false);
    expect(hitsCall(fault, { ...call, verb: 'watch', name: '' })).toBe(true);
  });
});

describe('faults of a webhook', () => {
  test.each<[Partial<WebhookFault>, boolean]>([
    [{}, true],
    [{ service: 'istio-system/istiod-*' }, true],
    [{ service: 'istio-system/istiod' }, false],
    [{ service: '*/istiod-1-31-0' }, true],
    [{ revision: '1-31-0' }, true],
    [{ revision: '1-30-0' }, false],
  ])('%j: %s', (fields, hit) => {
    const fault = { kind: 'webhook', failure: 'nonsense', ...fields } as WebhookFault;
    expect(webhookFaultOf([fault], makeIstiodService('1-31-0'))).toBe(hit ? fault : undefined);
  });

  test('leave Services without a revision alone where one is named', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: {} };
    expect(webhookFaultOf([{ kind: 'webhook', revision: 'a', failure: 'nonsense' }], service)).toBeUndefined();
  });
});

const selections: [Partial<PodFault>, boolean][] = [
  [{}, true],
  [{ namespace: 'shop' }, true],
  [{ namespace: 'payments' }, false],
  [{ name: 'web' }, true],
  [{ name: 'we' }, true],
  [{ name: 'eb' }, false],
  [{ revision: '1-31-0' }, true],
  [{ revision: '1-30-0' }, false],
  [{ namespace: 'shop', name: 'web-', revision: '1-31-0' }, true],
];

describe('faults of pods and proxies', () => {
  const pod = makePod({
    name: 'web-1',
    annotations: { 'istio.io/rev': '1-31-0' },
    containers: [{ name: 'istio-proxy', image: 'proxyv2:1.31.0' }],
  });
  const proxy = {
    node: { id: '', cluster: '', metadata: { NAME: 'web-1', NAMESPACE: 'shop' } },
    discoveryAddress: '',
    revision: '1-31-0',
  };

  test.each(selections)('%j: %s', (fields, hit) => {
    const podFault = { kind: 'pod', failure: 'never-ready', ...fields } as PodFault;
    expect(podFaultOf([podFault], pod)).toBe(hit ? podFault : undefined);
    const proxyFault = { kind: 'proxy', failure: 'rejects', ...fields } as ProxyFault;
    expect(proxyFaultOf([proxyFault], proxy)).toBe(hit ? proxyFault : undefined);
  });

  test('spare the pods of istiod', () => {
    expect(podFaultOf([{ kind: 'pod', failure: 'never-ready' }], makeIstiodPod())).toBeUndefined();
  });

  test('are of their own kind', () => {
    const others: Fault[] = [
      { kind: 'istiod', revision: '1-31-0', failure: 'down' },
      { kind: 'node', name: 'node-0', failure: 'gone' },
    ];
    expect([podFaultOf(others, pod), proxyFaultOf(others, proxy)]).toEqual([undefined, undefined]);
    expect(istiodFaultOf(others, '1-31-0')).toBe(others[0]);
    expect(istiodFaultOf(others, '1-30-0')).toBeUndefined();
    expect([...goneNodes(others)]).toEqual(['node-0']);
  });
});

describe('proxyAnswer', () => {
  test.each<[ProxyFault | undefined, string]>([
    [undefined, 'acknowledge'],
    [{ kind: 'proxy', failure: 'rejects' }, 'reject'],
    [{ kind: 'proxy', failure: 'never-acknowledges' }, 'keep silent'],
    [{ kind: 'proxy', failure: 'rejects', types: ['clusters'] }, 'reject'],
    [{ kind: 'proxy', failure: 'rejects', types: ['listeners'] }, 'acknowledge'],
  ])('%j: %s', (fault, answer) => {
    expect(proxyAnswer(fault, 'clusters')).toBe(answer);
  });
});
