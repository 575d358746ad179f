import { describe, expect, test } from 'vitest';
import type { ClusterBundle } from '../../src/bundle/bundle.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { type AppliedObjects, foreignKinds, refuseMissing } from '../../src/rehearsal/foreign-kinds.ts';

const object = (apiVersion: string, kind: string, name: string): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
});
const definition = (group: string, kind: string): KubernetesObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind}.${group}` },
  spec: { group, names: { kind }, versions: [{ name: 'v1', served: true }] },
});
const route = object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'web');

function applied(objects: KubernetesObject[], more: Partial<AppliedObjects> = {}): AppliedObjects {
  const bundle: ClusterBundle = { cluster: 'dev', digest: '', stages: [{ stage: 'config', objects }] };
  return { bundles: [bundle], workloads: [], prerequisites: [], sources: {}, ...more };
}

const names = (kinds: ReturnType<typeof foreignKinds>) =>
  kinds.filter(({ builtIn }) => !builtIn).map(({ kind }) => kind);

describe('foreignKinds', () => {
  test('finds kinds that nothing defines, among all that is applied', () => {
    const monitor = object('monitoring.coreos.com/v1', 'PodMonitor', 'web');
    const certificate = object('cert-manager.io/v1', 'Certificate', 'web');
    const found = foreignKinds(
      applied([route, object('networking.istio.io/v1', 'VirtualService', 'web')], {
        workloads: [monitor],
        prerequisites: [{ object: certificate, place: 'given.yaml:1' }],
      }),
    );
    expect(names(found)).toEqual(['Certificate', 'HTTPRoute', 'PodMonitor', 'VirtualService']);
    expect(found.map(({ object: named }) => named)).toContain('Certificate shop/web (given.yaml:1)');
  });

  test('leaves out what the bundle or the prerequisites define', () => {
    const objects = [route, object('networking.istio.io/v1', 'VirtualService', 'web')];
    const own = definition('networking.istio.io', 'VirtualService');
    const given = { object: definition('gateway.networking.k8s.io', 'HTTPRoute'), place: 'crds.yaml:1' };
    expect(names(foreignKinds(applied([...objects, own], { prerequisites: [given] })))).toEqual([]);
  });

  test('knows the kinds of Kubernetes, which a version of it may lack', () => {
    const [found] = foreignKinds(applied([object('policy/v1beta1', 'PodDisruptionBudget', 'web')]));
    expect(found).toMatchObject({ kind: 'PodDisruptionBudget', builtIn: true });
  });

  test('names one object of each, with its file and line', () => {
    const sources = { 'gateway.networking.k8s.io/HTTPRoute/shop/web': 'config/shop.yaml:3' };
    const found = foreignKinds(applied([route], { sources }));
    expect(() => refuseMissing(found)).toThrow(
      "the rehearsal's cluster has no HTTPRoute of gateway.networking.k8s.io/v1, such as HTTPRoute shop/web (config/shop.yaml:3): nothing that is applied defines it; give the CRDs that the environment has as prerequisites",
    );
  });
});
