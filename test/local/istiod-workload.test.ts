import { describe, expect, test } from 'vitest';
import { istiodArguments, istiodWorkloads } from '../../src/local/istiod-workload.ts';
import { makeIstiodPod, makePod } from '../support/pods.ts';

const ports = { http: 1, https: 2, grpc: 3, secureGrpc: 4, monitoring: 5 };

describe('istiodWorkloads', () => {
  test('makes one process of all pods of a template', () => {
    const pods = [makeIstiodPod({ name: 'b' }), makeIstiodPod({ name: 'a' }), makePod()];
    const [workload, ...others] = istiodWorkloads(pods);
    expect(others).toEqual([]);
    expect(workload).toMatchObject({ key: 'istio-system.1-31-0.abc', revision: '1-31-0', serviceAccount: 'web' });
    expect(workload?.pod.metadata.name).toBe('a');
    expect(workload?.pods).toHaveLength(2);
  });

  test('makes another process for another revision and for another template', () => {
    const pods = [makeIstiodPod(), makeIstiodPod({ hash: 'def' }), makeIstiodPod({ revision: 'canary' })];
    expect(istiodWorkloads(pods).map(({ key }) => key)).toEqual([
      'istio-system.1-31-0.abc',
      'istio-system.1-31-0.def',
      'istio-system.canary.abc',
    ]);
  });

  test('waits for a pod to start, and leaves one that goes', () => {
    expect(istiodWorkloads([makeIstiodPod({ phase: 'Pending' }), makeIstiodPod({ deleted: true })])).toEqual([]);
  });
});

test('keeps the arguments of the template but for addresses and kubeconfig', () => {
  const { pod, container } = istiodWorkloads([makeIstiodPod()])[0] ?? {};
  expect(pod).toBeDefined();
  expect(istiodArguments(container ?? { name: '' }, {}, ports, '/state/kubeconfig')).toEqual([
    'discovery',
    '--domain',
    'cluster.local',
    '--kubeconfig=/state/kubeconfig',
    '--httpAddr=127.0.0.1:1',
    '--httpsAddr=127.0.0.1:2',
    '--grpcAddr=127.0.0.1:3',
    '--secureGRPCAddr=127.0.0.1:4',
    '--monitoringAddr=127.0.0.1:5',
    '--ctrlz_port=0',
  ]);
});
