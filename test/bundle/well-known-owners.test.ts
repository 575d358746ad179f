import { describe, expect, test } from 'vitest';
import { applyForm } from '../../src/bundle/apply-form.ts';
import { wellKnownFields } from '../../src/bundle/well-known-owners.ts';
import { parseFieldPath } from '../../src/mesh/field-path.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { destinationRule, inWebhook, live, ours, route, virtualService, webhooks } from '../support/live-objects.ts';

interface Line {
  /** What the bundle renders. */
  object: KubernetesObject;
  scaled?: boolean;
  live: KubernetesObject;
  path: string;
  owner: string;
  /** What is left of the rendered object. */
  form: KubernetesObject;
}

const meshLabels = { 'f:metadata': { 'f:labels': { 'f:istio-delivery/mesh': {} } } };

function deployment(spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istiod' }, spec };
}

function autoscaler(spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'ingress' }, spec };
}

function definition(caBundle?: string): KubernetesObject {
  const clientConfig = { url: 'https://x', ...(caBundle === undefined ? {} : { caBundle }) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'a.b' },
    spec: { conversion: { webhook: { clientConfig } } },
  };
}

function httpRoute(spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'cart' }, spec };
}

const cainjector = {
  manager: 'cert-manager-cainjector',
  operation: 'Apply',
  fieldsV1: inWebhook({ '.': {}, 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } }),
} as const;
const istiod = (fields: Record<string, unknown>) => ({ manager: 'pilot-discovery', fieldsV1: inWebhook(fields) });
const caBundle = { 'f:clientConfig': { 'f:caBundle': {} } };

/** A list of Istio's configuration is one atomic value, so that whoever writes a part of it owns all of it. */
const rolloutsWrote = (list: string) => ({
  manager: 'rollouts-controller',
  fieldsV1: { 'f:spec': { [`f:${list}`]: {} } },
});
const flaggerWrote = (field: string) => ({ manager: 'flagger', fieldsV1: { 'f:spec': { [`f:${field}`]: {} } } });

function weighted(list: 'http' | 'tls' | 'tcp'): Line {
  const spec = (weights: number[]) => ({
    hosts: ['cart'],
    [list]: [
      { match: [{ port: 1 }], route: weights.map((weight, at) => ({ destination: { host: `h${at}` }, weight })) },
    ],
  });
  const object = { ...virtualService([]), spec: spec([100, 0]) };
  return {
    object,
    live: live(
      { ...object, spec: spec([80, 20]) },
      ours({ ...meshLabels, 'f:spec': { 'f:hosts': {} } }),
      rolloutsWrote(list),
    ),
    path: `.spec.${list}[*].route[*].weight`,
    owner: 'rollouts-controller',
    form: { ...object, spec: { hosts: ['cart'] } },
  };
}

function flaggers(object: KubernetesObject, field: string, theirs: unknown): Line {
  const { [field]: _field, ...rest } = object.spec as Record<string, unknown>;
  const written = { ...object, spec: { ...rest, [field]: theirs } };
  return {
    object,
    live: live(written, ours(meshLabels), flaggerWrote(field)),
    path: `.spec.${field}`,
    owner: 'flagger',
    form: { ...object, spec: rest },
  };
}

const vs = virtualService([route('/', { a: 100, b: 0 })], { gateways: ['public'], tcp: [{ route: [] }] });
const dr = { ...destinationRule([{ name: 'v1' }]), spec: { host: 'cart', trafficPolicy: { tls: {} }, subsets: [] } };
const hr = httpRoute({ parentRefs: [{ name: 'a' }], hostnames: ['a'], rules: [{ name: 'a' }] });

const lines: Line[] = [
  {
    object: deployment({ replicas: 2, paused: false }),
    scaled: true,
    live: live(deployment({ replicas: 5, paused: false }), ours({ 'f:spec': { 'f:paused': {} } }), {
      manager: 'kube-controller-manager',
      subresource: 'scale',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    }),
    path: '.spec.replicas',
    owner: 'kube-controller-manager',
    form: deployment({ paused: false }),
  },
  {
    object: deployment({ replicas: 2, paused: false }),
    live: live(deployment({ replicas: 0, paused: false }), ours({ 'f:spec': { 'f:paused': {} } }), {
      manager: 'keda',
      subresource: 'scale',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    }),
    path: '.spec.replicas',
    owner: 'keda',
    form: deployment({ paused: false }),
  },
  {
    object: autoscaler({ minReplicas: 2, maxReplicas: 5 }),
    live: live(autoscaler({ minReplicas: 3, maxReplicas: 5 }), ours({ 'f:spec': { 'f:maxReplicas': {} } }), {
      manager: 'istio-delivery-upgrade',
      operation: 'Apply',
      fieldsV1: { 'f:spec': { 'f:minReplicas': {} } },
    }),
    path: '.spec.minReplicas',
    owner: 'istio-delivery-upgrade',
    form: autoscaler({ maxReplicas: 5 }),
  },
  ...(['Mutating', 'Validating'] as const).flatMap((kind): Line[] =>
    [istiod(caBundle), cainjector].map((writer) => ({
      object: webhooks(kind, { caBundle: '' }),
      live: live(webhooks(kind, { caBundle: 'TElWRQ==' }), ours(meshLabels), writer),
      path: '.webhooks[*].clientConfig.caBundle',
      owner: writer.manager,
      form: webhooks(kind, {}),
    })),
  ),
  {
    object: webhooks('Validating', { failurePolicy: 'Ignore' }),
    live: live(webhooks('Validating', { failurePolicy: 'Fail' }), ours(meshLabels), istiod({ 'f:failurePolicy': {} })),
    path: '.webhooks[*].failurePolicy',
    owner: 'pilot-discovery',
    form: webhooks('Validating', {}),
  },
  {
    object: definition(''),
    live: live(definition('TElWRQ=='), {
      manager: 'cainjector',
      fieldsV1: { 'f:spec': { 'f:conversion': { 'f:webhook': caBundle } } },
    }),
    path: '.spec.conversion.webhook.clientConfig.caBundle',
    owner: 'cainjector',
    form: definition(),
  },
  weighted('http'),
  weighted('tls'),
  weighted('tcp'),
  {
    object: destinationRule([{ name: 'stable', labels: { app: 'cart' } }, { name: 'canary' }]),
    live: live(
      destinationRule([
        { name: 'stable', labels: { app: 'cart', 'rollouts-pod-template-hash': 'aaa' } },
        { name: 'canary', labels: { 'rollouts-pod-template-hash': 'bbb' } },
      ]),
      ours({ ...meshLabels, 'f:spec': { 'f:host': {} } }),
      rolloutsWrote('subsets'),
    ),
    path: '.spec.subsets[*].labels["rollouts-pod-template-hash"]',
    owner: 'rollouts-controller',
    form: { ...destinationRule([]), spec: { host: 'cart' } },
  },
  flaggers(vs, 'hosts', ['other']),
  flaggers(vs, 'gateways', ['mesh']),
  flaggers(vs, 'http', [route('/', { a: 60, b: 40 })]),
  flaggers(vs, 'tcp', [{ route: [{ weight: 1 }] }]),
  flaggers(dr, 'host', 'other'),
  flaggers(dr, 'trafficPolicy', { tls: { mode: 'DISABLE' } }),
  flaggers(dr, 'subsets', [{ name: 'primary' }]),
  flaggers(hr, 'parentRefs', [{ name: 'b' }]),
  flaggers(hr, 'hostnames', ['b']),
  flaggers(hr, 'rules', [{ name: 'b' }]),
];

const named = lines.map((line): [string, Line] => [`${line.path} of ${line.object.kind} to ${line.owner}`, line]);

describe('the table', () => {
  test.each(named)('leaves %s', (_name, { object, scaled = false, live: found, path, owner, form }) => {
    const applied = applyForm({ object, stage: 'config', scaled }, found, 'istio-delivery');
    expect(applied.form).toEqual(form);
    expect(applied.left).toContainEqual(expect.objectContaining({ path, owner }));
  });

  test('has a test for every line', () => {
    const tested = new Set(lines.map(({ object, path, owner }) => `${object.kind} ${path} ${owner}`));
    for (const { kind = 'Deployment', path, owners } of wellKnownFields) {
      expect(
        owners.some((owner) => tested.has(`${kind} ${path} ${owner}`)),
        `${kind} ${path}`,
      ).toBe(true);
    }
  });

  test('has a path and a source in every line', () => {
    for (const { path, source } of wellKnownFields) {
      expect(parseFieldPath(path), path).toBeDefined();
      expect(source).toMatch(/^https:\/\//);
    }
  });

  test.each(named.filter(([, { owner }]) => ['rollouts-controller', 'flagger', 'keda', 'cainjector'].includes(owner)))(
    'does not leave %s where nobody has seen it',
    (_name, { object, live: found, path }) => {
      const { metadata } = found;
      const managedFields = (metadata.managedFields ?? []).map((entry) => ({ ...entry, manager: 'somebody' }));
      const unseen = { ...found, metadata: { ...metadata, managedFields } };
      const applied = applyForm({ object, stage: 'config', scaled: false }, unseen, 'istio-delivery');
      expect(applied.form).toEqual(object);
      expect(applied.left.map((left) => left.path)).not.toContain(path);
    },
  );
});
