import { describe, expect, test } from 'vitest';
import type { OpenUpgrade } from '../../../src/plan/open-upgrade.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { endpointHealth } from '../../../src/probe/health/endpoint-health.ts';
import type { HealthFacts } from '../../../src/probe/health/health-facts.ts';
import { objectHealth } from '../../../src/probe/health/object-health.ts';
import { tagHealth } from '../../../src/probe/health/tag-health.ts';
import { upgradeHealth } from '../../../src/probe/health/upgrade-health.ts';
import { facts, forbidden, istiod, istiodService, known, promoted, slice, tag } from '../../support/health-facts.ts';
import { object } from '../../support/mesh-facts.ts';

const gatewayService = object('v1', 'Service', 'istio-gateways/ingress', { spec: { selector: { app: 'ingress' } } });

function deployment(replicas: number): KubernetesObject {
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return object('apps/v1', 'Deployment', 'istio-gateways/ingress', {
    spec: { replicas },
    status: { observedGeneration: 1, ...counts },
  });
}

function autoscaler(minReplicas: number): KubernetesObject {
  return object('autoscaling/v2', 'HorizontalPodAutoscaler', 'istio-gateways/ingress', {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ingress' }, minReplicas },
  });
}

describe('objects', () => {
  const scaledTo = (replicas: number, overrides: Partial<HealthFacts>) =>
    objectHealth(facts({ objects: [promoted(deployment(replicas), 'gateways')], ...overrides })).troubles;

  test.each<[string, number, Partial<HealthFacts>, RegExp | undefined]>([
    ['what the bundle wants, without an autoscaler', 3, { wanted: known(bundleOf(deployment(3))) }, undefined],
    [
      '0, and the bundle wants more',
      0,
      { wanted: known(bundleOf(deployment(2))) },
      /scaled to 0, and at least 2 .*scale it to 2/,
    ],
    ['less than the bundle wants', 1, { wanted: known(bundleOf(deployment(2))) }, /scaled to 1, and at least 2/],
    ['0, and the bundle wants 0', 0, { wanted: known(bundleOf(deployment(0))) }, undefined],
    [
      "0, below the minimum of the bundle's autoscaler",
      0,
      { wanted: known(bundleOf(deployment(0), autoscaler(2))) },
      /scaled to 0, and at least 2/,
    ],
    [
      'the minimum of the autoscaler, whatever the rendered number is',
      2,
      { wanted: known(bundleOf(deployment(5), autoscaler(2))) },
      undefined,
    ],
    [
      'less than a live autoscaler of somebody else wants',
      2,
      { wanted: known(bundleOf(deployment(2))), autoscalers: known([autoscaler(4)]) },
      /scaled to 2, and at least 4/,
    ],
    [
      'another number than the bundle has, where the mesh file leaves it to somebody else',
      0,
      { wanted: known({ ...bundleOf(deployment(2)), declared: [left('Deployment', '.spec.replicas')] }) },
      undefined,
    ],
  ])('a workload is scaled to %s', (_name, replicas, overrides, trouble) => {
    const found = scaledTo(replicas, overrides);
    if (trouble === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(trouble)]);
  });

  test('are unknown kind by kind where they cannot be read, beside what is known to be wrong', () => {
    const unread = ['a', 'b'].map((name) => ({ ...promoted(object('v1', 'Secret', `x/${name}`)), live: forbidden }));
    const missing = { ...promoted(object('v1', 'ConfigMap', 'x/c')), live: known(undefined) };
    expect(objectHealth(facts({ objects: [...unread, missing], wanted: forbidden }))).toEqual({
      part: 'objects',
      troubles: ['ConfigMap x/c is missing'],
      unknown: ['Secret x/a and 1 more: it is forbidden', 'how many replicas are wanted: it is forbidden'],
    });
  });
});

describe('endpoints', () => {
  const healthOf = (service: KubernetesObject, ...slices: KubernetesObject[]) =>
    endpointHealth(
      facts({ objects: [promoted(service)], endpointSlices: new Map([['istio-gateways', known(slices)]]) }),
    );

  test('a Service without a ready pod is named with what it selects', () => {
    const unready = slice('ingress', { where: 'istio-gateways', ready: false });
    expect(healthOf(gatewayService, unready).troubles).toEqual([
      'Service istio-gateways/ingress has no ready endpoint: no pod with the labels app=ingress is ready',
    ]);
    expect(healthOf(gatewayService, slice('ingress', { where: 'istio-gateways' }))).toMatchObject({ troubles: [] });
  });

  test('a headless Service needs them too, one that is an external name has none', () => {
    const headless = { ...gatewayService, spec: { clusterIP: 'None', selector: { app: 'ingress' } } };
    expect(healthOf(headless).troubles).toHaveLength(1);
    const external = { ...gatewayService, spec: { type: 'ExternalName', externalName: 'gateway.example.com' } };
    expect(healthOf(external).troubles).toEqual([]);
  });

  test("Services of the team's configuration are not asked for", () => {
    const objects = [promoted(gatewayService, 'config')];
    expect(endpointHealth(facts({ objects }))).toEqual({ part: 'endpoints', troubles: [], unknown: [] });
  });

  test('are unknown where the Service or its EndpointSlices cannot be read', () => {
    const endpointSlices = new Map([['istio-gateways', forbidden]]);
    const unknown = ['it is forbidden'];
    expect(endpointHealth(facts({ objects: [promoted(gatewayService)], endpointSlices }))).toMatchObject({ unknown });
    const objects = [{ ...promoted(gatewayService), live: forbidden }];
    expect(endpointHealth(facts({ objects }))).toMatchObject({ troubles: [], unknown });
  });
});

describe('tags', () => {
  const troublesOf = (objects: KubernetesObject[], overrides: Partial<HealthFacts> = {}) =>
    tagHealth(facts({ objects: objects.map((each) => promoted(each)), ...overrides })).troubles;

  test('that lead to an istiod that is ready are healthy', () => {
    expect(troublesOf([tag('prod'), tag('default')])).toEqual([]);
  });

  test('that lead to a revision without a ready istiod are named together', () => {
    expect(troublesOf([tag('prod'), tag('default')], { istiods: known([istiod('new', 0)]) })).toEqual([
      'tags default, prod lead to revision new, whose istiod has no ready pod: no pod starts in its namespaces',
    ]);
  });

  test('that are labelled with a revision that is not here', () => {
    const [headless, astray] = troublesOf([tag('prod', { revision: 'gone', service: 'istiod-new' })]);
    expect(headless).toMatch(/^tag prod leads to revision gone, which has no istiod here/);
    expect(astray).toBe(
      'tag prod is of revision gone, and its webhook calls Service istio-system/istiod-new of revision new',
    );
  });

  test('whose webhook calls a Service that does not exist', () => {
    expect(troublesOf([tag('prod', { service: 'istiod-gone' })])).toEqual([
      'tag prod is of revision new, and its webhook calls Service istio-system/istiod-gone, which does not exist',
    ]);
  });

  test('whose Service selects another revision', () => {
    const service = object('v1', 'Service', 'istio-system/istiod-revision-tag-prod', {
      labels: { 'istio.io/tag': 'prod' },
      spec: { selector: { 'istio.io/rev': 'old' } },
    });
    expect(troublesOf([tag('prod'), service])).toEqual([
      'tag prod is of revision new, and its Service istio-system/istiod-revision-tag-prod selects revision old',
    ]);
  });

  test('of an istiod that is in another cluster have a Service without a selector', () => {
    const external = { ...istiodService('remote'), spec: {} };
    const overrides = {
      services: known([external]),
      endpointSlices: new Map([['istio-system', known([slice('istiod-remote')])]]),
    };
    expect(troublesOf([tag('prod', { revision: 'remote' })], overrides)).toEqual([]);
  });

  test('and the default validator belong to one revision', () => {
    const webhooks = [
      { name: 'validation.istio.io', clientConfig: { service: { namespace: 'istio-system', name: 'istiod-old' } } },
    ];
    const validator = object(
      'admissionregistration.k8s.io/v1',
      'ValidatingWebhookConfiguration',
      'istiod-default-validator',
      {
        labels: { 'istio.io/tag': 'default', 'istio.io/rev': 'old' },
        webhooks,
      },
    );
    const services = known([istiodService('new'), istiodService('old')]);
    expect(troublesOf([tag('default'), validator], { services })).toEqual([
      'tag default is of revision new, and ValidatingWebhookConfiguration istiod-default-validator calls revision old',
    ]);
  });

  test('are unknown where istiods may not be listed', () => {
    const health = tagHealth(facts({ objects: [promoted(tag('prod'))], istiods: forbidden }));
    expect(health).toEqual({ part: 'tags', troubles: [], unknown: ['it is forbidden'] });
  });
});

describe('upgrades', () => {
  const open = {
    id: 'old-to-new-1',
    since: '2026-11-23T10:00:00.000Z',
    direction: 'forward',
    old: { istio: { revision: 'old' } },
    new: { istio: { revision: 'new' } },
    steps: [{ step: 'base', status: 'running' }],
  } as unknown as OpenUpgrade;

  test.each<[string, Partial<OpenUpgrade>, string]>([
    ['is open', {}, 'is open since 2026-11-23T10:00:00.000Z, at step base'],
    [
      'has failed',
      { failure: { step: 'base', code: 'NotReady', reason: 'no room', at: '' } },
      'is open since 2026-11-23T10:00:00.000Z and failed at step base (NotReady): no room',
    ],
    ['goes back', { direction: 'back' }, 'is being rolled back to old since 2026-11-23T10:00:00.000Z, at step base'],
  ])('one that %s is a trouble', (_name, overrides, said) => {
    expect(upgradeHealth(facts({ upgrade: known({ ...open, ...overrides }) })).troubles).toEqual([
      `upgrade old-to-new-1 to revision new ${said}`,
    ]);
  });

  test('an unfinished promotion is one, and a journal that cannot be read is unknown', () => {
    const { record } = facts();
    const inProgress = { bundle: 'sha256:b2', plan: 'sha256:p2', since: 'then' };
    const health = upgradeHealth(facts({ record: record && { ...record, inProgress }, upgrade: forbidden }));
    expect(health).toEqual({
      part: 'upgrades',
      troubles: ['the promotion of bundle sha256:b2 is unfinished since then'],
      unknown: ['it is forbidden'],
    });
  });
});

function bundleOf(...objects: KubernetesObject[]) {
  return { objects, declared: [] };
}

function left(kind: string, path: string) {
  return { kind, name: '*', namespace: '*', path, owner: 'scaler', reason: 'it scales to nothing' };
}
