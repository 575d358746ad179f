import { expect, test } from 'vitest';
import { meshFileTargets } from '../../../src/rehearsal/team/mesh-file-targets.ts';
import { service, serving } from '../../support/team-manifests.ts';

const workloads = [service('cart', 'shop', [{ port: 80 }]), serving('cart', 'shop')];
const applied = [service('ingress', 'istio-gateways', [{ port: 80 }])];
const target = (url: string) => ({ name: 'shop', url, method: 'GET', headers: {}, rate: 5 });

test.each([
  'http://cart.shop/',
  'http://cart.shop.svc:80/x',
  'http://cart.shop.svc.cluster.local/',
  'http://ingress.istio-gateways/',
])('asks %s, a Service of the rehearsal', (url) => {
  expect(meshFileTargets([target(url)], { workloads, applied })).toEqual({ asked: [target(url)], notAsked: [] });
});

test.each([
  ['http://shop.example/', 'no Service of the rehearsal has its host, shop.example'],
  ['http://cart/', 'no Service of the rehearsal has its host, cart'],
  ['https://cart.shop/', 'the certificates of the environment are not here'],
])('says why it does not ask %s', (url, why) => {
  const what = `target shop of the mesh file, ${url}`;
  expect(meshFileTargets([target(url)], { workloads, applied })).toEqual({ asked: [], notAsked: [{ what, why }] });
});

test('asks nothing where no workloads are given', () => {
  const { asked, notAsked } = meshFileTargets([target('http://ingress.istio-gateways/')], { workloads: [], applied });
  expect(asked).toEqual([]);
  expect(notAsked).toMatchObject([{ why: 'no workloads are given that could answer' }]);
});
