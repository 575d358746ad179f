import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import { liveOwners } from '../../src/plan/live-owners.ts';
import type { Cluster, ObjectType } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { destinationRule, live, virtualService } from '../support/live-objects.ts';

/** A cluster that has these objects, and notes what was asked for. */
function clusterOf(items: KubernetesObject[], asked: string[] = []): Cluster {
  return {
    async list({ kind }: ObjectType) {
      asked.push(kind);
      return { resourceVersion: '1', items: items.filter((item) => item.kind === kind) };
    },
  } as unknown as Cluster;
}

const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system' },
  spec: { replicas: 2 },
};
const scaled = live(deployment, {
  manager: 'kube-controller-manager',
  subresource: 'scale',
  fieldsV1: { 'f:spec': { 'f:replicas': {} } },
});

function autoscaler(name: string, labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'keda-hpa-istiod', namespace: 'istio-system', labels },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  };
}

describe('the replicas of an object', () => {
  test.each<[string, boolean, KubernetesObject[], KubernetesObject]>([
    ['an autoscaler that is not of the bundle', true, [autoscaler('istiod')], scaled],
    ['no autoscaler any more', false, [], scaled],
    ['an autoscaler of something else', false, [autoscaler('other')], scaled],
    ['an autoscaler of ours that goes', false, [autoscaler('istiod', { 'istio-delivery/mesh': 'acme' })], scaled],
    ['an autoscaler that has not written yet', false, [autoscaler('istiod')], live(deployment)],
  ])('are scaled by %s: %s', async (_name, expected, items, found) => {
    const owners = await liveOwners(clusterOf(items), { object: deployment, scaled: false }, found);
    expect(owners).toEqual({ scaled: expected, others: [] });
  });

  test('cost no request where nobody has written them', async () => {
    const asked: string[] = [];
    await liveOwners(clusterOf([], asked), { object: deployment, scaled: false }, live(deployment));
    await liveOwners(clusterOf([], asked), { object: deployment, scaled: true }, scaled);
    expect(asked).toEqual([]);
  });
});

function rollout(istio: object, more: { managedRoutes?: object[]; status?: object } = {}): KubernetesObject {
  const { managedRoutes = [{ name: 'header' }, { name: 'mirror' }], status = {} } = more;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { strategy: { canary: { trafficRouting: { managedRoutes, istio } } } },
    status,
  };
}

const wrote = (list: string) => ({ manager: 'rollouts-controller', fieldsV1: { 'f:spec': { [`f:${list}`]: {} } } });

describe('what Argo Rollouts adds', () => {
  const service = virtualService([]);

  test.each([
    ['by name', rollout({ virtualService: { name: 'cart' } })],
    ['by name and namespace', rollout({ virtualService: { name: 'cart.shop' } })],
    ['among several', rollout({ virtualServices: [{ name: 'other' }, { name: 'cart' }] })],
  ])('are the managed routes of the Rollout that names the VirtualService %s', async (_name, found) => {
    const question = { object: service, scaled: false };
    const { others } = await liveOwners(clusterOf([found]), question, live(service, wrote('http')));
    expect(others).toMatchObject([
      { path: '.spec.http[header]', owners: ['rollouts-controller'] },
      { path: '.spec.http[mirror]', owners: ['rollouts-controller'] },
    ]);
  });

  test('are the subsets of experiments', async () => {
    const object = destinationRule([]);
    const status = { canary: { weights: { additional: [{ serviceName: 'cart-exp', weight: 5 }] } } };
    const found = rollout({ destinationRule: { name: 'cart' } }, { status });
    const { others } = await liveOwners(clusterOf([found]), { object, scaled: false }, live(object, wrote('subsets')));
    expect(others).toMatchObject([{ path: '.spec.subsets[cart-exp]' }]);
  });

  test('is nothing for the VirtualService of another Rollout', async () => {
    const found = rollout({ virtualService: { name: 'other' } });
    const { others } = await liveOwners(
      clusterOf([found]),
      { object: service, scaled: false },
      live(service, wrote('http')),
    );
    expect(others).toEqual([]);
  });

  test('is nothing that is asked for where it has not written', async () => {
    const asked: string[] = [];
    await liveOwners(clusterOf([], asked), { object: service, scaled: false }, live(service));
    expect(asked).toEqual([]);
  });

  test('is not known to an account that may not read Rollouts', async () => {
    const cluster = {
      list: () => Promise.reject(new DeliveryError('Rollout objects list failed (Forbidden)', { code: 'Forbidden' })),
    } as unknown as Cluster;
    const { others } = await liveOwners(cluster, { object: service, scaled: false }, live(service, wrote('http')));
    expect(others).toEqual([]);
  });
});
