import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { questionText } from '../../../src/rehearsal/team/team-target.ts';
import { teamWorkloads } from '../../../src/rehearsal/team/team-workload.ts';
import { serves, virtualServiceCandidates } from '../../../src/rehearsal/team/virtual-service-targets.ts';
import { gateway, plainServer, routeTo, service, serving, virtualService } from '../../support/team-manifests.ts';

const objects = [service('cart', 'shop', [{ name: 'http', port: 8080 }]), serving('cart', 'shop')];
const gateways = [{ name: 'ingress', namespace: 'istio-gateways', class: 'ingress' as const, ports: [] }];
const cart = 'cart.shop.svc.cluster.local';

function lookedAt(applied: KubernetesObject[], prefix = ''): string[] {
  return virtualServiceCandidates({ objects, workloads: teamWorkloads(objects), applied, gateways }).map((each) => {
    const text = each.kind === 'none' ? each.why : `${questionText(each.question)}; ${each.workloads.join()}`;
    return `${each.what}: ${text}`.replace(prefix, '');
  });
}

/** What is made of the routes of one host. */
function routes(...http: Record<string, unknown>[]): string[] {
  const object = virtualService('shop', { hosts: ['www.shop.example'], gateways: ['public'], http });
  return lookedAt([gateway(), object], 'VirtualService istio-gateways/shop, route ');
}

const asked = (path: string) =>
  `path ${path}: GET http://ingress.istio-gateways:80${path} as www.shop.example, through the gateway; Deployment shop/cart`;

test('asks each route by the path of its first match that a plain GET meets', () => {
  const regex = { uri: { regex: '/x/.*' } };
  expect(
    routes(
      routeTo(cart, { match: [{ uri: { prefix: '/api' } }] }),
      routeTo(cart, { match: [regex, { uri: { exact: '/about' } }], name: 'about' }),
      routeTo(cart, { match: [{ uri: { prefix: '/get' }, method: { exact: 'GET' } }] }),
      routeTo(cart),
    ),
  ).toEqual([
    `1 of www.shop.example, ${asked('/api')}`,
    `about of www.shop.example, ${asked('/about')}`,
    `3 of www.shop.example, ${asked('/get')}`,
    `4 of www.shop.example, ${asked('/')}`,
  ]);
});

test.each<[Record<string, unknown>, string]>([
  [routeTo(cart, { match: [{ uri: { regex: '/x' } }] }), 'its match is a regular expression'],
  [routeTo(cart, { match: [{ headers: { a: {} } }] }), 'its match asks for more than a path: headers'],
  [routeTo(cart, { match: [{ method: { exact: 'POST' } }] }), 'its match asks for more than a path: method'],
  [{ redirect: { uri: '/' } }, 'the gateway answers it itself, with a redirect'],
  [{ directResponse: { status: 200 } }, 'the gateway answers it itself'],
  [{ delegate: { name: 'other' } }, 'it delegates to another VirtualService'],
  [routeTo('cart.other'), 'no workload of the manifests is behind cart.other'],
])('says why it does not ask a route: %#', (route, why) => {
  expect(routes(route)).toEqual([`1 of www.shop.example: ${why}`]);
});

test('a path that an earlier route takes is not taken for that of a later one', () => {
  expect(routes(routeTo(cart), routeTo(cart, { match: [{ uri: { prefix: '/api' } }] }))[1]).toBe(
    '2 of www.shop.example: a route before it takes its path',
  );
});

test.each<[name: string, spec: Record<string, unknown>, more: KubernetesObject[], expected: string[]]>([
  ['the mesh itself', { hosts: [cart], http: [routeTo(cart)] }, [], []],
  ['the mesh itself by name', { hosts: [cart], gateways: ['mesh'], http: [routeTo(cart)] }, [], []],
  [
    'a wildcard',
    { hosts: ['*.shop.example'], gateways: ['public'], http: [routeTo(cart)] },
    [gateway()],
    ['VirtualService istio-gateways/shop, host *.shop.example: its host is a wildcard'],
  ],
  [
    'a gateway that is not there',
    { hosts: ['www.shop.example'], gateways: ['edge/public'], http: [routeTo(cart)] },
    [gateway()],
    ['VirtualService istio-gateways/shop, host www.shop.example: there is no Gateway edge/public'],
  ],
  [
    'TLS alone',
    { hosts: ['www.shop.example'], gateways: ['public'], http: [routeTo(cart)] },
    [gateway([{ port: { number: 443, protocol: 'HTTPS' }, hosts: ['*'] }])],
    ['VirtualService istio-gateways/shop, host www.shop.example: Gateway istio-gateways/public serves it by TLS alone'],
  ],
  [
    'a port that leads to TLS',
    { hosts: ['www.shop.example'], gateways: ['public'], http: [routeTo(cart)] },
    [gateway([{ ...plainServer(), tls: { httpsRedirect: true } }])],
    ['VirtualService istio-gateways/shop, host www.shop.example: Gateway istio-gateways/public serves it by TLS alone'],
  ],
  [
    'another host',
    { hosts: ['www.other.example'], gateways: ['public'], http: [routeTo(cart)] },
    [gateway()],
    [
      'VirtualService istio-gateways/shop, host www.other.example: Gateway istio-gateways/public has no server for www.other.example',
    ],
  ],
  [
    'a passthrough',
    { hosts: ['www.shop.example'], gateways: ['public'], tls: [{}] },
    [gateway()],
    ['VirtualService istio-gateways/shop, tls routes: no request of HTTP goes through them'],
  ],
])('looks at a VirtualService of %s', (_name, spec, more, expected) => {
  expect(lookedAt([...more, virtualService('shop', spec)])).toEqual(expected);
});

test('several hosts of the same routes are asked by the first', () => {
  const spec = { hosts: ['a.shop.example', 'b.shop.example'], gateways: ['public'], http: [routeTo(cart)] };
  expect(lookedAt([gateway(), virtualService('shop', spec)])).toEqual([
    expect.stringContaining('route 1 of a.shop.example, path /: GET'),
    'VirtualService istio-gateways/shop, host b.shop.example: its routes are asked as a.shop.example',
  ]);
});

test('a short name is that of a Service of the namespace of its object', () => {
  const spec = { hosts: ['www.shop.example'], gateways: ['istio-gateways/public'], http: [routeTo('cart')] };
  expect(lookedAt([gateway(), virtualService('shop', spec, 'shop')])).toEqual([
    expect.stringContaining('Deployment shop/cart'),
  ]);
});

test.each([
  ['shop.example', true],
  ['*.example', true],
  ['*', true],
  ['shop/shop.example', true],
  ['./*', true],
  ['*.shop.example', false],
  ['other.example', false],
])('a server of %s takes in shop.example: %s', (pattern, expected) => {
  expect(serves(pattern, 'shop.example')).toBe(expected);
});
