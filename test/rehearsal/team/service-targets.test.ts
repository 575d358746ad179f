import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { serviceCandidates } from '../../../src/rehearsal/team/service-targets.ts';
import { questionText } from '../../../src/rehearsal/team/team-target.ts';
import { teamWorkloads } from '../../../src/rehearsal/team/team-workload.ts';
import { service, serving } from '../../support/team-manifests.ts';

/** What is asked, or why nothing is, by what it is about. */
function lookedAt(...objects: KubernetesObject[]): string[] {
  return serviceCandidates(objects, teamWorkloads(objects)).map((each) =>
    each.kind === 'none' ? `${each.what}: ${each.why}` : `${each.what}: ${questionText(each.question)}`,
  );
}

const host = 'cart.shop.svc.cluster.local';
const get = (path: string, port: number | string) => ({ httpGet: { path, port } });

test.each<[name: string, port: Record<string, unknown>, probes: Record<string, unknown>, expected: string]>([
  ['a port named http', { name: 'http', port: 8080 }, {}, `GET http://${host}:8080/`],
  ['a port whose name begins with http2', { name: 'http2-web', port: 81 }, {}, `GET http://${host}:81/`],
  ['a port of an appProtocol', { name: 'web', port: 81, appProtocol: 'http' }, {}, `GET http://${host}:81/`],
  ['the appProtocol above the name', { name: 'http', port: 81, appProtocol: 'tcp' }, {}, `connection to ${host}:81`],
  ['gRPC for browsers', { name: 'grpc-web', port: 81 }, {}, `GET http://${host}:81/`],
  ['gRPC', { name: 'grpc-api', port: 9090 }, {}, `gRPC health check of ${host}:9090`],
  ['TLS', { name: 'https', port: 443 }, {}, `connection to ${host}:443`],
  ['a database', { name: 'mysql', port: 3306 }, {}, `connection to ${host}:3306`],
  ['a port that says nothing, of a number of HTTP', { port: 80 }, {}, `GET http://${host}:80/`],
  ['a port that says nothing', { name: 'main', port: 7000 }, {}, `connection to ${host}:7000`],
  [
    'a port that says nothing, with a probe of HTTP',
    { port: 7000 },
    { readinessProbe: get('/ready', 7000) },
    `GET http://${host}:7000/ready`,
  ],
  [
    'a port that says nothing, with a probe of gRPC',
    { port: 7000 },
    { livenessProbe: { grpc: { port: 7000 } } },
    `gRPC health check of ${host}:7000`,
  ],
  [
    'a port with a probe of TCP',
    { port: 7000 },
    { readinessProbe: { tcpSocket: { port: 7000 } } },
    `connection to ${host}:7000`,
  ],
  [
    'the readiness before the liveness',
    { name: 'http', port: 80, targetPort: 'web' },
    { livenessProbe: get('/alive', 'web'), readinessProbe: get('ready', 'web') },
    `GET http://${host}:80/ready`,
  ],
  [
    'the liveness where there is no readiness',
    { name: 'http', port: 80, targetPort: 'web' },
    { livenessProbe: get('/alive', 8080), startupProbe: get('/started', 8080) },
    `GET http://${host}:80/alive`,
  ],
  [
    'nothing of a probe of another port',
    { name: 'http', port: 80, targetPort: 'web' },
    { readinessProbe: get('/ready', 9000) },
    `GET http://${host}:80/`,
  ],
  [
    'nothing of a probe through TLS',
    { name: 'http', port: 8080 },
    { readinessProbe: { httpGet: { path: '/ready', port: 8080, scheme: 'HTTPS' } } },
    `GET http://${host}:8080/`,
  ],
])('asks %s', (_name, port, probes, expected) => {
  const what = `Service shop/cart port ${port.name ?? port.port}`;
  const found = lookedAt(service('cart', 'shop', [port]), serving('cart', 'shop', { ports: { web: 8080 }, probes }));
  expect(found).toEqual([`${what}: ${expected}, from inside the mesh`]);
});

test.each<[name: string, objects: KubernetesObject[], expected: string]>([
  [
    'a name outside the cluster',
    [service('cart', 'shop', [{ port: 80 }], { type: 'ExternalName', externalName: 'cart.example' })],
    'Service shop/cart: it leads to a name outside the cluster',
  ],
  [
    'a Service without a selector',
    [service('cart', 'shop', [{ port: 80 }], {})],
    'Service shop/cart: it has no selector, so no workload of the manifests is behind it',
  ],
  [
    'a Service of pods of another namespace',
    [service('cart', 'shop', [{ port: 80 }]), serving('cart', 'other')],
    'Service shop/cart: no workload of the manifests has the labels that it selects',
  ],
  [
    'a workload without replicas',
    [service('cart', 'shop', [{ port: 80 }]), serving('cart', 'shop', { replicas: 0 })],
    'Service shop/cart: Deployment shop/cart has no replicas',
  ],
  [
    'a port of UDP',
    [service('cart', 'shop', [{ name: 'dns', port: 53, protocol: 'UDP' }]), serving('cart', 'shop')],
    'Service shop/cart port dns: its protocol is UDP',
  ],
])('says why it does not ask %s', (_name, objects, expected) => {
  expect(lookedAt(...objects)).toEqual([expected]);
});

test('marks the path of a readiness probe, where a server that drains says so', () => {
  const objects = (probe: string) => [
    service('cart', 'shop', [{ name: 'http', port: 80, targetPort: 8080 }]),
    serving('cart', 'shop', { probes: { [probe]: get('/state', 8080) } }),
  ];
  const question = (probe: string) => serviceCandidates(objects(probe), teamWorkloads(objects(probe)))[0];
  expect(question('readinessProbe')).toMatchObject({ question: { isReadiness: true } });
  expect(question('livenessProbe')).toMatchObject({ question: { isReadiness: false } });
});

test('a Service of several workloads is answered by each of them', () => {
  const objects = [service('cart', 'shop', [{ port: 80 }]), serving('cart', 'shop'), serving('cart', 'shop')];
  expect(serviceCandidates(objects, teamWorkloads(objects))).toMatchObject([
    { workloads: ['Deployment shop/cart', 'Deployment shop/cart'] },
  ]);
});
