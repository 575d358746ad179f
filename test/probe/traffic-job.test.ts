import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trafficJob } from '../../src/probe/traffic-job.ts';
import { vegetaSource } from '../../src/probe/vegeta-source.ts';

const load = { image: 'registry.example/load:1', pullPolicy: 'IfNotPresent' } as const;
const target = { name: 'shop', url: 'http://shop.example/', method: 'GET', headers: {}, rate: 10 };

interface Container {
  name: string;
  image: string;
  imagePullPolicy: string;
  command: string[];
  args: string[];
  env: { name: string; value: string }[];
}

function podOf(sources: Parameters<typeof trafficJob>[0]['sources']) {
  const job = trafficJob({ name: 'probe-1', namespace: 'istio-system', sources, longest: 60 });
  const spec = job.spec as { template: { metadata: Record<string, unknown>; spec: { containers: Container[] } } };
  return { job, template: spec.template };
}

test('a target becomes a container that asks it at its rate until it is ended', () => {
  const source = vegetaSource({ ...target, headers: { Host: 'shop', 'x-a': 'b: c' } }, load);
  expect(source).toMatchObject({ target: 'shop', rate: 10, image: load.image, pullPolicy: 'IfNotPresent' });
  expect(source.args[0]).toContain('-rate=10 -duration=0');
  expect(JSON.parse(source.env?.TARGETS ?? '')).toEqual({
    method: 'GET',
    url: 'http://shop.example/',
    header: { Host: ['shop'], 'x-a': ['b: c'] },
  });
});

test('nothing of a target reaches the shell but its rate', () => {
  const plain = vegetaSource(target, load);
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (url, method, value) => {
      const { command, args } = vegetaSource({ ...target, url, method, headers: { [value]: value } }, load);
      expect({ command, args }).toEqual({ command: plain.command, args: plain.args });
    }),
  );
});

describe('the Job of a probe', () => {
  const { job, template } = podOf([vegetaSource(target, load), vegetaSource({ ...target, name: 'pay' }, load)]);

  test('is ours, tries once, and ends by itself', () => {
    expect(job).toMatchObject({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'probe-1',
        namespace: 'istio-system',
        labels: { 'app.kubernetes.io/managed-by': 'istio-delivery', 'istio-delivery/probe': 'probe-1' },
      },
      spec: { backoffLimit: 0, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 600 },
    });
  });

  test('has a container for each target, as the settings say', () => {
    expect(template.spec.containers.map(({ name, image, imagePullPolicy }) => [name, image, imagePullPolicy])).toEqual([
      ['shop', load.image, 'IfNotPresent'],
      ['pay', load.image, 'IfNotPresent'],
    ]);
  });

  test('gets no proxy and may do nothing', () => {
    expect(template.metadata).toMatchObject({
      labels: { 'sidecar.istio.io/inject': 'false' },
      annotations: { 'sidecar.istio.io/inject': 'false' },
    });
    expect(template.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
        { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ],
    });
  });

  test('keeps Kubernetes from expanding what its sources say', () => {
    const source = { target: 'a', rate: 1, ...load, command: ['a$b'], args: ['$(HOME)'], env: { A: '$$(A) $1' } };
    const [container] = podOf([source]).template.spec.containers;
    expect(container).toMatchObject({
      command: ['a$$b'],
      args: ['$$(HOME)'],
      env: [{ name: 'A', value: '$$$$(A) $$1' }],
    });
  });
});
