import { describe, expect, test } from 'vitest';
import { clusterLayout } from '../../src/local/cluster-layout.ts';
import { egressSelectorConfiguration, kwokctlConfiguration } from '../../src/local/kwokctl-configuration.ts';
import { nodeStages, podStages } from '../../src/local/pod-stages.ts';

const layout = clusterLayout('/home', 'dev', '/tmp');
const text = kwokctlConfiguration({
  layout,
  kubernetesVersion: '1.34.2',
  ports: { etcd: 1, etcdPeer: 2, apiServer: 3, controllerManager: 4, scheduler: 5, kwok: 6 },
  programs: {
    etcd: '/bin/etcd',
    kubeApiserver: '/bin/kube-apiserver',
    kubeControllerManager: '/bin/kcm',
    kubeScheduler: '/bin/ks',
    kubectl: '/bin/kubectl',
    kwok: '/bin/kwok',
  },
});
const [configuration, ...stages] = text.split('\n---\n').map((document) => JSON.parse(document));

describe('kwokctlConfiguration', () => {
  test('sends the API server through our network, with RBAC and admission on', () => {
    expect(configuration.options).toMatchObject({ kubeAuthorization: true, kubeAdmission: true, kubeApiserverPort: 3 });
    expect(configuration.componentsPatches[0]).toMatchObject({
      name: 'kube-apiserver',
      extraArgs: [{ key: 'egress-selector-config-file', value: layout.egressSelector }, {}],
    });
    expect(JSON.parse(egressSelectorConfiguration('/run/n.sock')).egressSelections).toEqual([
      { name: 'cluster', connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: '/run/n.sock' } } } },
    ]);
  });

  test('brings its own stages, for kwokctl adds its defaults only where there are none', () => {
    expect(stages).toEqual([...nodeStages(), ...podStages()]);
  });

  test('lets no stage make a pod ready, and no pod wait for two of them', () => {
    const stageOf = (name: string) => stages.find(({ metadata }) => metadata.name === name).spec;
    const label = { key: '.metadata.labels.app', values: ['istiod'] };
    expect(stageOf('pod-created').selector.matchExpressions).toContainEqual({ ...label, operator: 'NotIn' });
    expect(stageOf('istiod-started').selector.matchExpressions).toContainEqual({ ...label, operator: 'In' });
    const statuses = stages.filter(({ spec }) => spec.resourceRef.kind === 'Pod' && spec.next.statusTemplate);
    for (const { spec } of statuses) expect(spec.next.statusTemplate).not.toMatch(/type: Ready, status: "True"/);
    expect(stageOf('istiod-started').next.statusTemplate).toMatch(/phase: Running[\s\S]*ready: false/);
    expect(stageOf('pod-created').next.statusTemplate).toMatch(/phase: Pending[\s\S]*ContainerCreating/);
  });

  test('lets no stage touch a node that is to look gone', () => {
    for (const { spec } of stages.filter(({ spec }) => spec.resourceRef.kind === 'Node')) {
      expect(spec.selector.matchExpressions).toContainEqual({
        key: '.metadata.annotations["istio-delivery/gone"]',
        operator: 'DoesNotExist',
      });
    }
  });
});
