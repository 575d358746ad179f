import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { prepareRehearsal } from '../../../src/rehearsal/prepare-rehearsal.ts';
import {
  askedAfterAll,
  ofTargets,
  rehearsalTargets,
  type TargetOptions,
} from '../../../src/rehearsal/team/rehearsal-targets.ts';
import { bundleOf } from '../../support/bundles.ts';
import { probeResult } from '../../support/rehearsal.ts';
import { sampleOptions } from '../../support/sample-options.ts';
import { judged, samples } from '../../support/samples.ts';
import { service, serving } from '../../support/team-manifests.ts';

const group = { batch: 1, soak: 0, label: 'managed' as const };
const groups = [
  { ...group, name: 'canary', namespaces: ['payments'], tag: 'canary' },
  { ...group, name: 'main', namespaces: ['shop', 'stock'], tag: 'prod' },
];

function targets(workloads: KubernetesObject[], more: Partial<TargetOptions> = {}) {
  const upgrade = { groups, soak: 0, acknowledgeNotes: false, waivers: [] };
  const [from, to] = ['1-30-0', '1-31-0'].map((revision) =>
    bundleOf({ dev: [] }, { upgrade, istio: { version: '1.31.0', revision } }),
  ) as [ReturnType<typeof bundleOf>, ReturnType<typeof bundleOf>];
  const rest = { cluster: 'dev', overlay: { patches: [] }, soak: 0, sample: [], workloads };
  const plan = prepareRehearsal({ way: 'upgrade', from, to, ...rest });
  return rehearsalTargets({ sample: sampleOptions(), plain: true, probeTargets: [], plan, ...more });
}

const cart = [service('cart', 'shop', [{ name: 'http', port: 8080 }]), serving('cart', 'shop')];
const own = { name: 'cart', url: 'http://cart.shop:8080/', method: 'GET', headers: {}, rate: 3 };

describe('rehearsalTargets', () => {
  test("asks the team's Services through the sample's front, and names them with who answers", () => {
    const { clients, asked, about } = targets(cart);
    expect(clients.at(-1)).toMatchObject({
      target: 'shop-cart-http',
      rate: 5,
      args: [
        'client',
        'ask',
        'http://ingress.istio-gateways:80/ask?kind=http1&address=http%3A%2F%2Fcart.shop.svc.cluster.local%3A8080%2F',
        '--authority',
        'rehearsal.test',
        '--rate',
        '5',
        '--timeout',
        '10s',
      ],
    });
    expect(asked.at(-1)).toEqual({
      target: 'shop-cart-http',
      of: 'team',
      what: 'Service shop/cart port http',
      how: 'GET http://cart.shop.svc.cluster.local:8080/, from inside the mesh',
      rate: 5,
      workloads: ['Deployment shop/cart'],
    });
    expect(about('shop-cart-http')).toEqual({
      title: 'Service shop/cart port http of Deployment shop/cart (shop-cart-http)',
      excuse: 'failing',
    });
    expect(about('ingress')).toEqual({});
  });

  test('lists how the sample is asked, without the client that a strict mesh refuses', () => {
    const { http, asked } = targets([], { plain: false });
    expect(http.map(({ name }) => name)).not.toContain('plain');
    expect(asked.map(({ target, how }) => `${target}: ${how}`)).toEqual(
      expect.arrayContaining([
        'ingress: GET http://ingress.istio-gateways:80/ as rehearsal.test',
        'grpc-ingress: grpc ingress.istio-gateways:80',
      ]),
    );
    expect(asked).toHaveLength(9);
  });

  test("asks the mesh file's targets that it can, by their own names", () => {
    const outside = { ...own, name: 'web', url: 'http://shop.example/' };
    const { http, clients, notAsked, about } = targets(cart, {
      probeTargets: [{ ...own, name: 'shop-cart-http' }, outside],
    });
    expect(http.at(-1)).toMatchObject({ name: 'shop-cart-http', rate: 3 });
    expect(clients.at(-1)?.target).toBe('shop-cart-http-2');
    expect(about('shop-cart-http')).toEqual({ excuse: 'silent' });
    expect(notAsked[0]?.what).toBe('target web of the mesh file, http://shop.example/');
  });

  test('shares a rate among many, so that a small machine is not asked more than twice as much', () => {
    const many = Array.from({ length: 16 }, (_, index) => `app-${index}`);
    const { clients } = targets(many.flatMap((name) => [service(name, 'shop', [{ port: 80 }]), serving(name, 'shop')]));
    expect(clients.slice(2).map(({ rate }) => rate)).toEqual(Array(16).fill(2.5));
  });

  test('says of groups that nothing of the team moves with them', () => {
    expect(targets(cart).notAsked).toEqual([
      {
        what: 'group canary',
        why: 'no workload was given for its namespace payments: nothing of the team moved with it',
      },
      { what: 'namespace stock of group main', why: 'no workload was given for it' },
    ]);
  });
});

test('what failed before the change is not asked after all, and says what it answered', () => {
  const { asked, notAsked, about } = targets(cart);
  const failing = {
    'shop-cart-http': (from: number) =>
      samples(150, { from }).map((each) => ({ ...each, failure: 'status 503: no healthy upstream' })),
  };
  const probe = judged([{ name: 'before', seconds: 30, sent: failing }], {
    sources: [{ target: 'shop-cart-http', rate: 5, ...about('shop-cart-http') }],
  });
  const after = askedAfterAll({ asked, notAsked }, probe);
  expect(after.asked.map(({ target }) => target)).not.toContain('shop-cart-http');
  expect(after.notAsked[0]).toEqual({
    what: 'Service shop/cart port http of Deployment shop/cart (shop-cart-http)',
    why: 'it cannot be judged: 150 of 150 requests failed in phase before already, the first with: status 503: no healthy upstream',
  });
  expect(askedAfterAll({ asked, notAsked }, undefined)).toEqual({ asked: [], notAsked });
});

test('what was measured of a target that is not judged is left out, and everything of the others stays', () => {
  const failures = [{ target: 'egress', at: 200, count: 7, reason: 'status 403' }];
  const probe = probeResult({ failures });
  const judged = ['ingress', 'catalog'].map((target) => {
    return { target, of: 'team' as const, how: '', rate: 10, workloads: [] };
  });
  const left = ofTargets(probe, judged);
  expect(left.failures).toEqual([]);
  expect(Object.keys(left.seconds)).toEqual(['ingress', 'catalog']);
  expect(left.phases.map(({ targets }) => targets.map(({ target }) => target))).toEqual(
    probe.phases.map(() => ['ingress', 'catalog']),
  );
  expect(ofTargets(probe, [...judged, { ...judged[0], target: 'egress' } as (typeof judged)[0]])).toEqual(probe);
});
