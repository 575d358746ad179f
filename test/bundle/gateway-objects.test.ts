import { expect, test } from 'vitest';
import { gatewayObjects, gatewayService } from '../../src/bundle/gateway-objects.ts';
import { meshForCluster } from '../../src/mesh/mesh-for-cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { mesh } from '../support/meshes.ts';

function gateway(settings: string, more = ''): { objects: KubernetesObject[]; service: KubernetesObject; pod: Pod } {
  const clusterMesh = meshForCluster(mesh(`gateways: [{ name: edge, ${settings} }]\n${more}`), 'dev');
  const [only] = clusterMesh.gateways;
  if (only === undefined) throw new Error('the mesh has no gateway');
  const objects = gatewayObjects(clusterMesh, only);
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('the gateway has no Deployment');
  return {
    objects,
    service: gatewayService(clusterMesh, only),
    pod: (deployment.spec as { template: Pod }).template,
  };
}

interface Pod {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: { terminationGracePeriodSeconds: number; serviceAccountName: string; containers: Record<string, unknown>[] };
}

const selector = { app: 'edge', istio: 'edge', 'istio.io/rev': '1-31-0' };

test('the Service selects the pods of one revision', () => {
  const { pod, service } = gateway('class: ingress');
  expect(service.spec).toMatchObject({ type: 'LoadBalancer', selector });
  expect(pod.metadata.labels).toMatchObject(selector);
});

test('the pod is one that the injector of its revision makes a gateway of', () => {
  const { pod } = gateway('class: ingress');
  expect(pod.metadata.annotations['inject.istio.io/templates']).toBe('gateway');
  expect(pod.spec.containers).toMatchObject([{ name: 'istio-proxy', image: 'auto', imagePullPolicy: 'IfNotPresent' }]);
});

test('the pod is one that Pod Security takes at its level restricted, for what it says itself', () => {
  const { pod } = gateway('class: ingress');
  expect(pod.spec).toMatchObject({
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true } },
    ],
  });
});

test('revisions share the ServiceAccount, so that principals survive an upgrade', () => {
  const { objects, pod } = gateway('class: ingress');
  expect(pod.spec.serviceAccountName).toBe('edge');
  const account = objects.find(({ kind }) => kind === 'ServiceAccount');
  expect(account?.metadata.labels).not.toHaveProperty(['istio.io/rev']);
});

test.each([
  ['20s', 30],
  ['1m30s', 100],
  ['500ms', 11],
])('a pod that drains for %s has %d seconds to end', (duration, grace) => {
  const { pod } = gateway(`class: ingress, terminationDrainDuration: ${duration}`);
  expect(pod.metadata.annotations['proxy.istio.io/config']).toBe(`{"terminationDrainDuration":"${duration}"}`);
  expect(pod.spec.terminationGracePeriodSeconds).toBe(grace);
});

test('one replica has no disruption budget, which would block the draining of its node', () => {
  const kinds = (settings: string) => gateway(settings).objects.map(({ kind }) => kind);
  expect(kinds('class: egress')).toContain('PodDisruptionBudget');
  expect(kinds('class: egress, replicas: { min: 1, max: 2 }')).not.toContain('PodDisruptionBudget');
});

test('an east-west gateway says which network it leads into', () => {
  const { pod, service } = gateway('class: eastwest', 'controlPlane: { network: n1 }');
  expect(service.metadata.labels).toMatchObject({ 'topology.istio.io/network': 'n1' });
  expect(pod.metadata.labels).toMatchObject({ 'topology.istio.io/network': 'n1' });
  expect(pod.spec.containers[0]?.env).toEqual([{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'n1' }]);
});
