import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { type TeamTrafficOptions, teamTraffic, uniqueName } from '../../../src/rehearsal/team/team-targets.ts';
import { gateway, routeTo, service, serving, virtualService } from '../../support/team-manifests.ts';
import { workload } from '../../support/workloads.ts';

const http = [{ name: 'http', port: 8080 }];
const routed = (name: string, path: string) =>
  virtualService(name, {
    hosts: ['www.shop.example'],
    gateways: ['public'],
    http: [routeTo('cart.shop', { match: [{ uri: { prefix: path } }] })],
  });

function traffic(workloads: KubernetesObject[], more: Partial<TeamTrafficOptions> = {}) {
  const gateways = [{ name: 'ingress', namespace: 'istio-gateways', class: 'ingress' as const, ports: [] }];
  return teamTraffic({ workloads, running: [], coming: [], gateways, taken: [], most: 20, ...more });
}

const cart = [service('cart', 'shop', http), serving('cart', 'shop')];

test('asks the Services and the routes of both bundles', () => {
  const bundle = [gateway(), routed('shop', '/cart')];
  const { targets, notAsked } = traffic(cart, { running: bundle, coming: bundle });
  expect(targets.map(({ name, what }) => [name, what])).toEqual([
    ['shop-cart-http', 'Service shop/cart port http'],
    ['www-shop-example-cart', 'VirtualService istio-gateways/shop, route 1 of www.shop.example, path /cart'],
  ]);
  expect(notAsked).toEqual([]);
});

test('says of a route that only one of the bundles has that it cannot be compared', () => {
  const running = [gateway(), routed('old', '/old'), routed('shop', '/cart')];
  const coming = [gateway(), routed('shop', '/cart'), routed('new', '/new')];
  const { targets, notAsked } = traffic(cart, { running, coming });
  expect(targets.map(({ name }) => name)).toEqual(['shop-cart-http', 'www-shop-example-cart']);
  expect(notAsked).toEqual([
    {
      what: 'VirtualService istio-gateways/old, route 1 of www.shop.example, path /old',
      why: 'the new bundle does not have it any more',
    },
    {
      what: 'VirtualService istio-gateways/new, route 1 of www.shop.example, path /new',
      why: 'only the new bundle has it, so it cannot be asked before',
    },
  ]);
});

test('asks a route that the manifests bring themselves', () => {
  const { targets } = traffic([...cart, gateway(), routed('shop', '/cart')]);
  expect(targets.map(({ name }) => name)).toEqual(['shop-cart-http', 'www-shop-example-cart']);
});

test('names workloads that nothing leads to, and those that end', () => {
  const { notAsked } = traffic([...cart, workload('Deployment', 'client', 'shop'), workload('Job', 'seed', 'shop')]);
  expect(notAsked).toEqual([
    { what: 'Deployment shop/client', why: 'no Service or route that can be asked leads to it' },
    { what: 'Job shop/seed', why: 'its pods end by themselves, and no Service is asked' },
  ]);
});

test('asks every workload before any of them twice where there are too many, and says what it leaves out', () => {
  const ports = ['a', 'b'].map((name, index) => ({ name: `http-${name}`, port: 80 + index }));
  const workloads = ['one', 'two'].flatMap((name) => [service(name, 'shop', ports), serving(name, 'shop')]);
  const { targets, notAsked } = traffic(workloads, { most: 3 });
  expect(targets.map(({ name }) => name)).toEqual(['shop-one-http-a', 'shop-two-http-a', 'shop-one-http-b']);
  expect(notAsked).toEqual([
    { what: 'Service shop/two port http-b', why: 'no more than 3 targets of the team are asked' },
  ]);
});

test('asks nothing where no workloads are given', () => {
  const bundle = [gateway(), routed('shop', '/cart')];
  expect(traffic([], { running: bundle, coming: bundle })).toEqual({ targets: [], notAsked: [] });
});

test.each([
  ['shop-cart-http', [], 'shop-cart-http'],
  ['www.Shop.example/a_b/', [], 'www-shop-example-a-b'],
  ['ingress', ['ingress'], 'ingress-2'],
  ['ingress', ['ingress', 'ingress-2'], 'ingress-3'],
  ['a'.repeat(80), [], 'a'.repeat(63)],
  ['a'.repeat(80), ['a'.repeat(63)], `${'a'.repeat(61)}-2`],
  [`${'a'.repeat(62)}-b`, [], 'a'.repeat(62)],
])('names a container after %s where %j are taken: %s', (wish, used, expected) => {
  expect(uniqueName(wish, new Set(used))).toBe(expected);
});
