import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { sampleObjects } from '../../../src/rehearsal/sample/sample-objects.ts';
import { sampleOptions } from '../../support/sample-options.ts';

interface Pod {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: { terminationGracePeriodSeconds: number; hostAliases?: unknown; containers: { args: string[] }[] };
}

function named(objects: KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

function pod(name: string): Pod {
  return (named(sampleObjects(sampleOptions()), 'Deployment', name).spec as { template: Pod }).template;
}

function routes(options = sampleOptions()): string[] {
  return sampleObjects(options)
    .filter(({ kind }) => kind === 'Gateway' || kind === 'VirtualService' || kind === 'ServiceEntry')
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

test('a namespace is there before what stands in it', () => {
  const seen = new Set<string>();
  for (const { kind, metadata } of sampleObjects(sampleOptions())) {
    if (kind === 'Namespace') seen.add(metadata.name);
    else expect(seen).toContain(metadata.namespace);
  }
});

test('the two namespaces in the mesh follow tags of their own, so that requests cross revisions', () => {
  const objects = sampleObjects(sampleOptions());
  const labels = (name: string) => named(objects, 'Namespace', name).metadata.labels;
  expect(labels('rehearsal-front')).toMatchObject({ 'istio.io/rev': 'canary' });
  expect(labels('rehearsal-back')).toMatchObject({ 'istio.io/rev': 'prod' });
});

test('the host outside the mesh has no sidecar, whatever the mesh does by default', () => {
  const outside = named(sampleObjects(sampleOptions()), 'Namespace', 'rehearsal-outside');
  expect(outside.metadata.labels).toMatchObject({ 'istio-injection': 'disabled' });
  expect(outside.metadata.labels).not.toHaveProperty(['istio.io/rev']);
  expect(pod('outside').metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'false' });
});

test.each(['front', 'middle', 'back', 'outside'])('%s never has fewer pods than it asks for while it rolls', (name) => {
  const objects = sampleObjects(sampleOptions());
  expect(named(objects, 'Deployment', name).spec).toMatchObject({
    replicas: 2,
    strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  });
  expect(named(objects, 'PodDisruptionBudget', name).spec).toMatchObject({ minAvailable: 1 });
});

test.each(['front', 'middle', 'back'])(
  'the sidecar of %s drains for longer than its server, and has the time to',
  (name) => {
    const { metadata, spec } = pod(name);
    const proxy = JSON.parse(metadata.annotations?.['proxy.istio.io/config'] ?? '{}') as Record<string, unknown>;
    expect(proxy).toEqual({
      holdApplicationUntilProxyStarts: true,
      terminationDrainDuration: '20s',
    });
    expect(spec.containers[0]?.args).toContain('10s');
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(10 + 5 + 20);
  },
);

test('ports are named by protocol', () => {
  const { ports } = named(sampleObjects(sampleOptions()), 'Service', 'middle').spec as { ports: unknown[] };
  expect(ports).toEqual([
    { name: 'http', port: 8080, targetPort: 8080 },
    { name: 'http2', port: 8081, targetPort: 8081 },
    { name: 'grpc', port: 9090, targetPort: 9090 },
    { name: 'tcp-echo', port: 9000, targetPort: 9000 },
  ]);
});

test('front asks middle, which asks back', () => {
  expect(pod('front').spec.containers[0]?.args.join(' ')).toContain(
    '--next middle.rehearsal-back --egress http://outside.rehearsal.test/',
  );
  expect(pod('middle').spec.containers[0]?.args.join(' ')).toContain('--next back');
  expect(pod('back').spec.containers[0]?.args).not.toContain('--next');
});

test.each([
  {
    gateways: 'both gateways',
    options: sampleOptions(),
    expected: [
      'ServiceEntry rehearsal-outside',
      'Gateway rehearsal-ingress',
      'VirtualService rehearsal-front',
      'VirtualService rehearsal-grpc',
      'Gateway rehearsal-egress',
      'VirtualService rehearsal-outside',
    ],
  },
  {
    gateways: 'an ingress gateway alone',
    options: sampleOptions({}, ['ingress']),
    expected: [
      'ServiceEntry rehearsal-outside',
      'Gateway rehearsal-ingress',
      'VirtualService rehearsal-front',
      'VirtualService rehearsal-grpc',
    ],
  },
  { gateways: 'no gateway', options: sampleOptions({}, []), expected: ['ServiceEntry rehearsal-outside'] },
])('a mesh with $gateways has the routes for it', ({ options, expected }) => {
  expect(routes(options)).toEqual(expected);
});

test('the way out leads every sidecar to the egress gateway, and the gateway to the host', () => {
  const objects = sampleObjects(sampleOptions());
  expect(named(objects, 'Gateway', 'rehearsal-egress').spec).toMatchObject({
    selector: { istio: 'egress' },
    servers: [{ port: { number: 8080 }, hosts: ['outside.rehearsal.test'] }],
  });
  expect(named(objects, 'VirtualService', 'rehearsal-outside').spec).toMatchObject({
    gateways: ['mesh', 'rehearsal-egress'],
    http: [
      {
        match: [{ gateways: ['mesh'], port: 80 }],
        route: [{ destination: { host: 'egress.istio-gateways.svc.cluster.local', port: { number: 8080 } } }],
      },
      {
        match: [{ gateways: ['rehearsal-egress'], port: 8080 }],
        route: [{ destination: { host: 'outside.rehearsal.test', port: { number: 80 } } }],
      },
    ],
  });
  expect(named(objects, 'Sidecar', 'default').spec).toEqual({
    egress: [{ hosts: ['./*', 'rehearsal-back/*', 'istio-gateways/*'] }],
  });
});
