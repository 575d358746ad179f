import { expect, test } from 'vitest';
import type { FailedRequests } from '../../../src/ports/probe-result.ts';
import type { ProxyEntry } from '../../../src/rehearsal/access-log/follow-access-logs.ts';
import { loggedTargets } from '../../../src/rehearsal/access-log/logged-targets.ts';
import { nameWitnesses } from '../../../src/rehearsal/access-log/name-witnesses.ts';

const second = Date.parse('2026-11-29T10:03:21Z');

const asked = loggedTargets([
  { name: 'http1', url: 'http://ingress.istio-gateways:80/http1', method: 'GET', headers: { host: 'a.test' }, rate: 5 },
  { name: 'http2', url: 'http://ingress.istio-gateways:80/http2', method: 'GET', headers: { Host: 'a.test' }, rate: 5 },
  { name: 'plain', url: 'http://front.shop:8080/', method: 'GET', headers: {}, rate: 5 },
]);

const gateway = { namespace: 'istio-gateways', pod: 'ingress-b', isGateway: true };
const front = { namespace: 'shop', pod: 'front-6d5f-x', isGateway: false };
const middle = { namespace: 'shop', pod: 'middle-1', isGateway: false };

function entry(proxy: ProxyEntry['proxy'], some: Partial<ProxyEntry> = {}): ProxyEntry {
  return {
    at: second + 100,
    status: 503,
    flags: '-',
    details: 'via_upstream',
    path: '/http1',
    authority: 'a.test',
    requestId: '1',
    line: '',
    proxy,
    ...some,
  };
}

function saidOf(entries: ProxyEntry[], some: Partial<FailedRequests> = {}, isForeign = false): FailedRequests['said'] {
  const failure = { target: 'http1', at: '2026-11-29T10:03:21Z', reason: 'status 503', count: 1, ...some };
  return nameWitnesses([failure], asked, { entries: () => entries, isForeign: () => isForeign })[0]?.said;
}

test('a gateway that answers itself is named, with its flags', () => {
  expect(saidOf([entry(gateway, { flags: 'UF', details: 'upstream_reset' })])).toEqual({
    kind: 'proxy',
    proxy: 'istio-gateways/ingress-b',
    role: 'gateway',
    status: 503,
    flags: 'UF',
    details: 'upstream_reset',
  });
});

test('of proxies that pass a failure on, the one that it came from is named, on another path too', () => {
  const deep = entry(middle, {
    at: second + 130,
    path: '/other',
    authority: 'middle',
    flags: 'UH',
    details: 'no_healthy_upstream',
  });
  expect(saidOf([entry(gateway), deep, entry(front, { at: second + 120 })])).toMatchObject({
    proxy: 'shop/middle-1',
    role: 'sidecar',
    flags: 'UH',
  });
});

test('a proxy whose client gave up is not the one that gave up', () => {
  const slow = entry(gateway, { status: 504, flags: 'UT', details: 'response_timeout' });
  const left = entry(front, { at: second + 120, status: 0, flags: 'DC', details: 'downstream_remote_disconnect' });
  expect(saidOf([slow, left], { reason: 'status 504' })).toMatchObject({
    proxy: 'istio-gateways/ingress-b',
    flags: 'UT',
  });
});

test('where all pass it on, the last one is named: what stands behind it answered so', () => {
  expect(saidOf([entry(gateway), entry(front, { at: second + 120 })])).toMatchObject({
    proxy: 'shop/front-6d5f-x',
    details: 'via_upstream',
  });
});

test('a connection that a sidecar refused belongs to the target that asks its Service', () => {
  const refused = entry(front, { status: 0, flags: 'NR', details: 'filter_chain_not_found' });
  const { path: _path, authority: _authority, requestId: _id, ...bare } = refused;
  expect(saidOf([bare], { target: 'plain', reason: 'EOF' })).toMatchObject({ proxy: 'shop/front-6d5f-x', flags: 'NR' });
  expect(saidOf([bare], { target: 'http1', reason: 'EOF' })).toEqual({ kind: 'nobody' });
});

test.each([
  ['another target', entry(gateway, { path: '/http2' })],
  ['another status', entry(gateway, { status: 404 })],
  ['another host', entry(gateway, { authority: 'b.test' })],
  ['another time', entry(gateway, { at: second + 9_000 })],
  ['the time before', entry(gateway, { at: second - 5_000 })],
])('an entry of %s is no witness', (_what, other) => {
  expect(saidOf([other])).toEqual({ kind: 'nobody' });
});

test('one of the very second goes before one around it', () => {
  const around = entry(gateway, { at: second - 500, requestId: '0', flags: 'UH', details: 'no_healthy_upstream' });
  const very = entry(gateway, { at: second + 900, requestId: '2', flags: 'UF', details: 'upstream_reset' });
  expect(saidOf([around, very])).toMatchObject({ flags: 'UF' });
});

test('proxies that log in a format of the mesh are not said to be silent', () => {
  expect(saidOf([], {}, true)).toEqual({ kind: 'unread' });
});

test('a target is known by the host that its requests name, and by its path with its query', () => {
  const [one] = loggedTargets([{ name: 'a', url: 'http://10.0.0.1:8080/x?y=1', method: 'GET', headers: {}, rate: 1 }]);
  expect(one).toMatchObject({ authority: '10.0.0.1:8080', path: '/x?y=1' });
});
