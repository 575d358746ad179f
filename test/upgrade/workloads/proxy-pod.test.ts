import { describe, expect, test } from 'vitest';
import { hasProxy, isLive, proxyRevision, proxyVersion } from '../../../src/upgrade/workloads/proxy-pod.ts';
import { makePod } from '../../support/pods.ts';

const proxy = { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0-distroless@sha256:abc' };
const sidecar = { containers: [{ name: 'web' }, proxy] };
const status = JSON.stringify({ revision: '1-31-0' });

describe('hasProxy', () => {
  test.each([
    ['a sidecar', makePod(sidecar), true],
    ['a native sidecar', makePod({ initContainers: [proxy] }), true],
    ['no proxy', makePod(), false],
    [
      "a gateway's container that no injector has seen",
      makePod({ containers: [{ name: 'istio-proxy', image: 'auto' }] }),
      false,
    ],
  ])('%s', (_name, pod, expected) => {
    expect(hasProxy(pod)).toBe(expected);
  });
});

describe('isLive', () => {
  test.each([
    ['a pod that runs', makePod(), true],
    ['a pod that is still to start', makePod({ phase: 'Pending' }), true],
    ['a pod that has ended', makePod({ phase: 'Succeeded' }), false],
    ['a pod that is going', makePod({ deleted: true }), false],
  ])('%s', (_name, pod, expected) => {
    expect(isLive(pod)).toBe(expected);
  });
});

describe('proxyRevision', () => {
  test.each([
    ['the annotation', { ...sidecar, annotations: { 'istio.io/rev': 'a', 'sidecar.istio.io/status': status } }, 'a'],
    ['the injector’s status', { ...sidecar, annotations: { 'sidecar.istio.io/status': status } }, '1-31-0'],
    [
      'nothing when the status cannot be read',
      { ...sidecar, annotations: { 'sidecar.istio.io/status': '{' } },
      undefined,
    ],
    ['the label of a gateway', { ...sidecar, labels: { 'istio.io/rev': 'b' } }, 'b'],
    ['nothing', { ...sidecar, labels: {} }, undefined],
    ['nothing where there is no proxy', { labels: { 'istio.io/rev': 'b' } }, undefined],
  ])('goes by %s', (_name, fields, revision) => {
    expect(proxyRevision(makePod(fields))).toBe(revision);
  });
});

describe('proxyVersion', () => {
  test.each([
    ['a tag', sidecar, '1.31.0-distroless'],
    [
      'a registry with a port and no tag',
      { containers: [{ name: 'istio-proxy', image: 'r:5000/proxyv2' }] },
      undefined,
    ],
    ['no proxy', {}, undefined],
  ])('%s', (_name, fields, version) => {
    expect(proxyVersion(makePod(fields))).toBe(version);
  });
});
