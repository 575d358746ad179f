import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { httpRouteCandidates } from '../../../src/rehearsal/team/http-route-targets.ts';
import { questionText } from '../../../src/rehearsal/team/team-target.ts';
import { teamWorkloads } from '../../../src/rehearsal/team/team-workload.ts';
import { service, serving } from '../../support/team-manifests.ts';

const objects = [service('cart', 'shop', [{ name: 'http', port: 8080 }]), serving('cart', 'shop')];
const apiVersion = 'gateway.networking.k8s.io/v1';

function gateway(spec: Record<string, unknown> = {}): KubernetesObject {
  const listeners = [{ name: 'http', protocol: 'HTTP', port: 80 }];
  return {
    apiVersion,
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'edge' },
    spec: { gatewayClassName: 'istio', listeners, ...spec },
  };
}

function route(spec: Record<string, unknown>, kind = 'HTTPRoute'): KubernetesObject {
  const parentRefs = [{ name: 'public', namespace: 'edge' }];
  return { apiVersion, kind, metadata: { name: 'shop', namespace: 'shop' }, spec: { parentRefs, ...spec } };
}

const rule = (more: Record<string, unknown> = {}) => ({ backendRefs: [{ name: 'cart', port: 8080 }], ...more });

function lookedAt(...applied: KubernetesObject[]): string[] {
  const around = { objects, workloads: teamWorkloads(objects), applied, gateways: [] };
  return httpRouteCandidates(around).map((each) => {
    const text = each.kind === 'none' ? each.why : `${questionText(each.question)}; ${each.workloads.join()}`;
    return `${each.what}: ${text}`;
  });
}

test('asks each rule by its first path that a plain GET meets', () => {
  const rules = [
    rule({ matches: [{ path: { type: 'PathPrefix', value: '/api' }, headers: [{}] }, { path: { value: '/web' } }] }),
    rule(),
  ];
  const at = 'http://public-istio.edge.svc.cluster.local:80';
  expect(lookedAt(gateway(), route({ hostnames: ['*.example', 'shop.example'], rules }))).toEqual([
    `HTTPRoute shop/shop, rule 1 of shop.example, path /web: GET ${at}/web as shop.example, through the gateway; Deployment shop/cart`,
    `HTTPRoute shop/shop, rule 2 of shop.example, path /: GET ${at}/ as shop.example, through the gateway; Deployment shop/cart`,
  ]);
});

test('asks the address that a Gateway names, and any host where none is said', () => {
  const given = gateway({ addresses: [{ type: 'Hostname', value: 'ingress.istio-gateways.svc.cluster.local' }] });
  expect(lookedAt(given, route({ rules: [rule()] }))).toEqual([
    'HTTPRoute shop/shop, rule 1, path /: GET http://ingress.istio-gateways.svc.cluster.local:80/, through the gateway; Deployment shop/cart',
  ]);
});

test.each<[name: string, objects: KubernetesObject[], expected: string]>([
  ['no Gateway', [route({ rules: [rule()] })], 'HTTPRoute shop/shop: there is no Gateway edge/public'],
  [
    'TLS alone',
    [gateway({ listeners: [{ name: 'https', protocol: 'HTTPS', port: 443 }] }), route({ rules: [rule()] })],
    'HTTPRoute shop/shop: Gateway edge/public has no listener of plain HTTP for it',
  ],
  [
    'a wildcard',
    [gateway(), route({ hostnames: ['*.example'], rules: [rule()] })],
    'HTTPRoute shop/shop: its host is a wildcard: *.example',
  ],
  [
    'a redirect',
    [gateway(), route({ rules: [rule({ filters: [{ type: 'RequestRedirect' }] })] })],
    'HTTPRoute shop/shop, rule 1: the gateway answers it itself, with a redirect',
  ],
  [
    'a regular expression',
    [gateway(), route({ rules: [rule({ matches: [{ path: { type: 'RegularExpression', value: '/.*' } }] })] })],
    'HTTPRoute shop/shop, rule 1: its match asks for more than a path: a regular expression',
  ],
  [
    'another method',
    [gateway(), route({ rules: [rule({ matches: [{ method: 'POST' }] })] })],
    'HTTPRoute shop/shop, rule 1: its match asks for more than a path: method POST',
  ],
  [
    'a Service that is not there',
    [gateway(), route({ rules: [{ backendRefs: [{ name: 'other' }] }] })],
    'HTTPRoute shop/shop, rule 1: no workload of the manifests is behind other.shop.svc.cluster.local',
  ],
  [
    'gRPC',
    [gateway(), route({ rules: [rule()] }, 'GRPCRoute')],
    'GRPCRoute shop/shop: of the Gateway API, only HTTPRoutes are asked',
  ],
])('says why it does not ask a route of %s', (_name, applied, expected) => {
  expect(lookedAt(...applied)).toEqual([expected]);
});

test('leaves alone a route of a Service, which decides within the mesh', () => {
  expect(lookedAt(route({ parentRefs: [{ kind: 'Service', group: '', name: 'cart' }], rules: [rule()] }))).toEqual([]);
});
