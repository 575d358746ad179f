import { expect, test } from 'vitest';
import { sampleGateway } from '../../../src/rehearsal/sample/sample-options.ts';
import { sampleTargets } from '../../../src/rehearsal/sample/sample-targets.ts';
import { mesh } from '../../support/meshes.ts';
import { sampleOptions } from '../../support/sample-options.ts';

test('every kind of traffic comes in through the ingress gateway, but for the client that is not in the mesh, and what no proxy carries', () => {
  const { http } = sampleTargets(sampleOptions());
  expect(http.map(({ name, url, headers }) => [name, url, headers['Host']])).toEqual([
    ['ingress', 'http://ingress.istio-gateways:80/', 'rehearsal.test'],
    ['http1', 'http://ingress.istio-gateways:80/http1', 'rehearsal.test'],
    ['http2', 'http://ingress.istio-gateways:80/http2', 'rehearsal.test'],
    ['grpc', 'http://ingress.istio-gateways:80/grpc', 'rehearsal.test'],
    ['tcp', 'http://ingress.istio-gateways:80/tcp', 'rehearsal.test'],
    ['egress', 'http://ingress.istio-gateways:80/egress', 'rehearsal.test'],
    ['plain', 'http://front.rehearsal-front:8080/', undefined],
    ['machine', 'http://outside.rehearsal-outside.svc.cluster.local:80/', undefined],
  ]);
});

test('one target asks over a new connection each time, and meets a new gateway at once', () => {
  const { http } = sampleTargets(sampleOptions());
  const closed = http.filter(({ headers }) => headers['Connection'] === 'close').map(({ name }) => name);
  expect(closed).toEqual(['ingress', 'plain']);
});

test('a mesh without an ingress gateway is asked directly, over connections that outlive no pod', () => {
  const { http, clients } = sampleTargets(sampleOptions({}, []));
  const meshed = http.filter(({ name }) => name !== 'machine');
  expect(meshed.map(({ url }) => new URL(url).host)).toEqual(Array(7).fill('front.rehearsal-front:8080'));
  expect(meshed.map(({ headers }) => headers)).toEqual(Array(7).fill({ Connection: 'close' }));
  expect(clients.map(({ args }) => args[2])).toEqual(['back.rehearsal-back:9090', 'back.rehearsal-back:9090']);
});

test("the sample's own client asks by gRPC and holds a stream, through the gateway by name", () => {
  const { clients } = sampleTargets(sampleOptions({ rate: 2.5 }));
  expect(clients.map(({ target, rate, args }) => ({ target, rate, args: args.join(' ') }))).toEqual([
    {
      target: 'grpc-ingress',
      rate: 2.5,
      args: 'client grpc ingress.istio-gateways:80 --authority grpc.rehearsal.test --rate 2.5 --timeout 10s --back-within 5s',
    },
    {
      target: 'stream',
      rate: 2.5,
      args: 'client stream ingress.istio-gateways:80 --authority grpc.rehearsal.test --rate 2.5 --timeout 10s --back-within 5s',
    },
  ]);
});

test.each([
  { gateways: '', ingress: undefined, egress: undefined },
  {
    gateways: 'gateways: [{ name: in, class: ingress }, { name: out, class: egress }]',
    ingress: { name: 'in', namespace: 'istio-gateways', port: 80 },
    egress: { name: 'out', namespace: 'istio-gateways', port: 80 },
  },
  {
    gateways:
      'gateways: [{ name: tls, class: ingress, ports: [{ name: https, port: 443 }] }, { name: web, class: ingress, namespace: web, ports: [{ name: http-web, port: 8080 }] }]',
    ingress: { name: 'web', namespace: 'web', port: 8080 },
    egress: undefined,
  },
])('the gateways of a mesh are those that take plain HTTP: $gateways', ({ gateways, ingress, egress }) => {
  const found = mesh(gateways).gateways;
  expect(sampleGateway(found, 'ingress')).toEqual(ingress);
  expect(sampleGateway(found, 'egress')).toEqual(egress);
});
