import { describe, expect, test } from 'vitest';
import type { ClusterBundle } from '../../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import type { OverlayPatch } from '../../../src/rehearsal/overlay/overlay.ts';
import { overlayAll } from '../../../src/rehearsal/overlay/overlay-all.ts';

function bundle(...objects: KubernetesObject[]): ClusterBundle {
  return { cluster: 'production', digest: 'sha256:0', stages: [{ stage: 'revision', objects }] };
}

function deployment(pod: Record<string, unknown>, labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ingress', namespace: 'gateways', labels },
    spec: { replicas: 2, template: { spec: pod } },
  };
}

function laid(object: KubernetesObject, ...patches: OverlayPatch[]) {
  const { value, changes } = overlayAll({ bundles: [bundle(object)], workloads: [], prerequisites: [] }, { patches });
  return { object: value.bundles[0]?.stages[0]?.objects[0], changes };
}

function podOf(object: KubernetesObject | undefined): Record<string, unknown> {
  const { template } = (object?.spec ?? {}) as { template?: { spec: Record<string, unknown> } };
  return template?.spec ?? {};
}

describe('overlayAll', () => {
  test('leaves alone what a small machine can run', () => {
    const object = deployment({ containers: [{ name: 'proxy', resources: { requests: { cpu: '10m' } } }] });
    expect(laid(object)).toEqual({ object, changes: [] });
  });

  test('asks for less than the nodes of the real cluster have, and leaves limits and replicas', () => {
    const resources = { requests: { cpu: '500m', memory: '2Gi', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2' } };
    const { object, changes } = laid(deployment({ containers: [{ name: 'proxy', resources }] }));
    expect(podOf(object).containers).toEqual([
      {
        name: 'proxy',
        resources: { requests: { cpu: '20m', memory: '64Mi', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2' } },
      },
    ]);
    expect(changes.map(({ object: name, field }) => [name, field])).toEqual([
      ['Deployment gateways/ingress', '.spec.template.spec.containers[proxy].resources.requests.cpu'],
      ['Deployment gateways/ingress', '.spec.template.spec.containers[proxy].resources.requests.memory'],
    ]);
  });

  test('leaves istiod more', () => {
    const containers = [{ name: 'discovery', resources: { requests: { memory: '2Gi' } } }];
    const { object } = laid(deployment({ containers }, { app: 'istiod' }));
    expect(podOf(object).containers).toEqual([{ name: 'discovery', resources: { requests: { memory: '192Mi' } } }]);
  });

  test('schedules anywhere, and keeps the operating system and what only prefers', () => {
    const soft = { whenUnsatisfiable: 'ScheduleAnyway', topologyKey: 'zone' };
    const { object } = laid(
      deployment({
        affinity: { podAntiAffinity: {} },
        tolerations: [{ key: 'gateways' }],
        nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'gateways' },
        topologySpreadConstraints: [{ whenUnsatisfiable: 'DoNotSchedule' }, soft],
        imagePullSecrets: [{ name: 'registry' }],
        containers: [],
      }),
    );
    expect(podOf(object)).toEqual({
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      topologySpreadConstraints: [soft],
      containers: [],
    });
  });

  test('takes away what is for the load balancer of a platform', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ingress', namespace: 'gateways', annotations: { 'lb/scheme': 'internal' } },
      spec: { type: 'LoadBalancer' },
    };
    expect(laid(service).object?.metadata).toEqual({ name: 'ingress', namespace: 'gateways' });
    expect(laid({ ...service, spec: { type: 'ClusterIP' } }).changes).toEqual([]);
  });

  test('gives sidecars less, in the values that the injector reads', () => {
    const values = {
      global: { hub: 'docker.io/istio', proxy: { resources: { requests: { cpu: '100m', memory: '128Mi' } } } },
    };
    const { object, changes } = laid({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-sidecar-injector-1-31-0', namespace: 'istio-system' },
      data: { config: 'policy: enabled', values: JSON.stringify(values) },
    });
    const data = object?.data as { config: string; values: string };
    expect(JSON.parse(data.values)).toEqual({
      global: { hub: 'docker.io/istio', proxy: { resources: { requests: { cpu: '20m', memory: '64Mi' } } } },
    });
    expect(data.config).toBe('policy: enabled');
    expect(changes.map(({ field }) => field)).toEqual(['.data.values']);
  });

  test('merges into the text of a field, and YAML stays YAML', () => {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-1-31-0', namespace: 'istio-system' },
      data: { mesh: 'defaultProviders:\n  metrics:\n  - prometheus\nrootNamespace: istio-config\n' },
    };
    const { object } = laid(map, {
      target: { kind: 'ConfigMap', name: 'istio-1-*' },
      reason: 'this Envoy has no stats filter',
      in: 'data.mesh',
      merge: { defaultProviders: null },
    });
    expect(object?.data).toEqual({ mesh: 'rootNamespace: istio-config\n' });
  });

  test('tells what is the same in both bundles once', () => {
    const object = deployment({ imagePullSecrets: [{ name: 'registry' }], containers: [] });
    expect(
      overlayAll({ bundles: [bundle(object), bundle(object)], workloads: [], prerequisites: [] }, { patches: [] })
        .changes,
    ).toHaveLength(1);
  });

  test('refuses a patch for an object that is nowhere', () => {
    const patch = { target: { kind: 'DaemonSet', name: 'cni' }, reason: 'there is no CNI', merge: {} };
    expect(() => laid(deployment({ containers: [] }), patch)).toThrow(
      /overlay has a patch for DaemonSet cni, and there is no such object in the bundles/,
    );
  });

  test('refuses to merge into a field that holds no text', () => {
    const patch = { target: { kind: 'Deployment' }, reason: 'a mistake of somebody', in: 'spec', merge: { a: 1 } };
    expect(() => laid(deployment({ containers: [] }), patch)).toThrow(
      /overlay cannot change spec of Deployment gateways\/ingress: it holds no text/,
    );
  });

  test.each([{ name: 'other' }, { namespace: 'other' }])(
    'refuses a patch that makes it another object: %j',
    (metadata) => {
      const patch = { target: { kind: 'Deployment' }, reason: 'to see what happens', merge: { metadata } };
      expect(() => laid(deployment({}), patch)).toThrow('overlay makes Deployment gateways/ingress another object');
    },
  );
});
