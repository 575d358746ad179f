import { describe, expect, test } from 'vitest';
import type { Container } from '../../src/local/pod.ts';
import { hasProxy, proxyOf } from '../../src/local/proxy-node.ts';
import { makePod, type PodFields } from '../support/pods.ts';

const machine = { cpus: 2, memoryBytes: 2 ** 30 };

const sidecar: Container = {
  name: 'istio-proxy',
  image: 'docker.io/istio/proxyv2:1.31.0-distroless',
  args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
  env: [
    { name: 'CA_ADDR', value: 'istiod.istio-system.svc:15012' },
    { name: 'PROXY_CONFIG', value: '{"discoveryAddress":"istiod-1-31-0.istio-system.svc:15012"}\n' },
    { name: 'ISTIO_META_POD_PORTS', value: '[\n  {"containerPort":80,"protocol":"TCP"}\n]' },
    { name: 'ISTIO_META_CLUSTER_ID', value: 'Kubernetes' },
    { name: 'ISTIO_META_MESH_ID', value: 'acme' },
    { name: 'ISTIO_META_WORKLOAD_NAME', value: 'web' },
    { name: 'ISTIO_META_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'ISTIO_METAJSON_EXTRA', value: '{"TEAM":"shop"}' },
  ],
};

const status = JSON.stringify({ revision: '1-31-0' });

function injected(fields: PodFields = {}) {
  return makePod({ annotations: { 'sidecar.istio.io/status': status }, initContainers: [sidecar], ...fields });
}

describe('proxyOf', () => {
  test('says of a sidecar what pilot-agent says', () => {
    expect(proxyOf(injected(), machine)).toEqual({
      discoveryAddress: 'istiod-1-31-0.istio-system.svc:15012',
      revision: '1-31-0',
      node: {
        id: 'sidecar~10.244.0.7~web-1.shop~shop.svc.cluster.local',
        cluster: 'web.shop',
        metadata: {
          NAME: 'web-1',
          NAMESPACE: 'shop',
          SERVICE_ACCOUNT: 'web',
          WORKLOAD_NAME: 'web',
          CLUSTER_ID: 'Kubernetes',
          MESH_ID: 'acme',
          NODE_NAME: 'node-0',
          TEAM: 'shop',
          POD_PORTS: '[{"containerPort":80,"protocol":"TCP"}]',
          INSTANCE_IPS: '10.244.0.7',
          LABELS: { app: 'web' },
          ANNOTATIONS: { 'sidecar.istio.io/status': status },
          PROXY_CONFIG: { discoveryAddress: 'istiod-1-31-0.istio-system.svc:15012' },
          ISTIO_VERSION: '1.31.0',
          PILOT_SAN: ['istiod-1-31-0.istio-system.svc'],
          ENVOY_STATUS_PORT: 15021,
          ENVOY_PROMETHEUS_PORT: 15090,
        },
      },
    });
  });

  test('takes a gateway for a router, and its control plane from the address of the authority', () => {
    const container = {
      ...sidecar,
      args: ['proxy', 'router'],
      env: [{ name: 'CA_ADDR', value: 'istiod-x.mesh.svc:15012' }],
    };
    const proxy = proxyOf(makePod({ containers: [container] }), machine);
    expect(proxy?.node.id).toBe('router~10.244.0.7~web-1.shop~shop.svc.cluster.local');
    expect(proxy?.discoveryAddress).toBe('istiod-x.mesh.svc:15012');
  });

  test.each([
    ['docker.io/istio/proxyv2:1.31.0', '1.31.0'],
    ['localhost:5000/proxyv2:1.31.1-debug', '1.31.1'],
    ['docker.io/istio/proxyv2:1.32.0-rc.1@sha256:0123', '1.32.0-rc.1'],
    ['docker.io/istio/proxyv2@sha256:0123', 'unknown'],
  ])('reads the version of %s', (image, version) => {
    const proxy = proxyOf(makePod({ containers: [{ ...sidecar, image }] }), machine);
    expect(proxy?.node.metadata['ISTIO_VERSION']).toBe(version);
  });
});

describe('hasProxy', () => {
  test.each([
    ['a native sidecar', injected(), true],
    ['a sidecar', makePod({ containers: [sidecar] }), true],
    ['no proxy', makePod(), false],
    ['a pod that does not run yet', injected({ phase: 'Pending' }), false],
    ['a pod that is going', injected({ deleted: true }), false],
  ])('%s', (_title, pod, expected) => {
    expect(hasProxy(pod)).toBe(expected);
  });
});
