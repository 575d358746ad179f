import { expect, test } from 'vitest';
import { meshForCluster } from '../../src/mesh/mesh-for-cluster.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { meshText } from '../support/meshes.ts';

const parsed = parseMesh(
  meshText({
    istio: 'istio: { version: 1.31.0, values: { pilot: { env: { A: "1", B: "1" } } } }',
    environments: [
      'environments:',
      '  prod:',
      '    overrides:',
      '      controlPlane: { dnsCapture: true, network: n1 }',
      '      gateways: { ingress: { service: { annotations: { lb: internal } } } }',
      '      values: { pilot: { env: { B: "2" } } }',
      '    clusters:',
      '      - { name: eu }',
      '      - { name: us, overrides: { controlPlane: { network: n2, clusterName: usa } } }',
    ].join('\n'),
    more: 'gateways: [{ name: ingress, class: ingress }]',
  }),
  'mesh.yaml',
);

test("lays the environment's overrides over the mesh", () => {
  const mesh = meshForCluster(parsed, 'eu');
  expect(mesh.controlPlane).toMatchObject({ dnsCapture: true, network: 'n1', clusterName: 'eu', accessLog: 'json' });
  expect(mesh.gateways[0]?.service).toEqual({ type: 'LoadBalancer', annotations: { lb: 'internal' } });
  expect(mesh.istio.values).toEqual({ pilot: { env: { A: '1', B: '2' } } });
});

test("lays the cluster's own overrides over those of its environment", () => {
  expect(meshForCluster(parsed, 'us').controlPlane).toMatchObject({
    dnsCapture: true,
    network: 'n2',
    clusterName: 'usa',
  });
});

test('leaves the mesh itself as it was', () => {
  expect(parsed.controlPlane.network).toBeUndefined();
  expect(parsed.gateways[0]?.service.annotations).toEqual({});
});
