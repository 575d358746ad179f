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

  test('lets no stage make an istiod pod ready', () => {
    const expressions = (name: string) =>
      stages.find(({ metadata }) => metadata.name === name).spec.selector.matchExpressions;
    expect(expressions('pod-ready')).toContainEqual({
      key: '.metadata.labels.app',
      operator: 'NotIn',
      values: ['istiod'],
    });
    expect(expressions('istiod-started')).toContainEqual({
      key: '.metadata.labels.app',
      operator: 'In',
      values: ['istiod'],
    });
    const started = stages.find(({ metadata }) => metadata.name === 'istiod-started').spec.next.statusTemplate;
    expect(started).toMatch(/type: Ready, status: "False"/);
    expect(started).toContain('ready: false');
  });
});
