import { describe, expect, test } from 'vitest';
import { applyForm } from '../../src/bundle/apply-form.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../src/ports/objects.ts';

const manager = 'istio-delivery';

function deployment(replicas?: number): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ingress-1-31-0', namespace: 'istio-gateways' },
    spec: { ...(replicas === undefined ? {} : { replicas }), paused: false },
  };
}

interface WebhookParts {
  kind?: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  name?: string;
  revision?: string;
  failurePolicy?: string;
  caBundle?: string;
}

function webhooks(parts: WebhookParts, ...names: string[]): KubernetesObject {
  const { kind = 'ValidatingWebhookConfiguration', revision = '1-31-0', failurePolicy, caBundle } = parts;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: parts.name ?? 'istiod-default-validator', labels: { app: 'istiod', 'istio.io/rev': revision } },
    webhooks: names.map((name) => ({
      name,
      ...(failurePolicy === undefined ? {} : { failurePolicy }),
      clientConfig: {
        ...(caBundle === undefined ? {} : { caBundle }),
        service: { name: `istiod-${revision}`, namespace: 'istio-system', path: '/validate' },
      },
    })),
  };
}

function gatewayService(revision: string, port = 80): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'ingress', namespace: 'istio-gateways', labels: { istio: 'ingress' } },
    spec: { ports: [{ port }], selector: { istio: 'ingress', 'istio.io/rev': revision } },
  };
}

/** As the API server writes it of webhooks that we applied and istiod updated. */
function withIstiod(live: KubernetesObject): KubernetesObject {
  const fields = (of: (validates: boolean) => Record<string, unknown>) => ({
    'f:webhooks': Object.fromEntries(
      (live.webhooks as { name: string }[]).map(({ name }) => [
        `k:${JSON.stringify({ name })}`,
        of(live.kind === 'ValidatingWebhookConfiguration'),
      ]),
    ),
  });
  const entry = { apiVersion: live.apiVersion, time: '2026-01-01T00:00:00Z' };
  const ours = fields((validates) => ({
    '.': {},
    'f:name': {},
    'f:clientConfig': { 'f:service': { 'f:name': {}, 'f:namespace': {}, 'f:path': {} } },
    ...(validates ? {} : { 'f:failurePolicy': {} }),
  }));
  const istiods = fields((validates) => ({
    'f:clientConfig': { 'f:caBundle': {} },
    ...(validates ? { 'f:failurePolicy': {} } : {}),
  }));
  const managedFields: ManagedFieldsEntry[] = [
    { manager, operation: 'Apply', fieldsV1: ours, ...entry },
    { manager: 'pilot-discovery', operation: 'Update', fieldsV1: istiods, ...entry },
  ];
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

function owned(live: KubernetesObject, fieldsV1: Record<string, unknown>, entry: Partial<ManagedFieldsEntry> = {}) {
  const managedFields = [{ manager, operation: 'Apply' as const, apiVersion: live.apiVersion, fieldsV1, ...entry }];
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

describe('at creation', () => {
  test('sends the object as rendered, and not the object itself', () => {
    const object = webhooks({ failurePolicy: 'Ignore' }, 'validation.istio.io');
    const { form } = applyForm({ object, stage: 'routing', scaled: true }, undefined, manager);
    expect(form).toEqual(object);
    expect(form).not.toBe(object);
  });
});

describe('replicas', () => {
  test('are left to the autoscaler', () => {
    const { form } = applyForm({ object: deployment(2), stage: 'gateways', scaled: true }, deployment(5), manager);
    expect(form.spec).toEqual({ paused: false });
  });

  test('keep their live value while the field is still ours', () => {
    const live = owned(deployment(5), { 'f:spec': { 'f:replicas': {} } });
    const { form } = applyForm({ object: deployment(2), stage: 'gateways', scaled: true }, live, manager);
    expect(form.spec).toEqual({ replicas: 5, paused: false });
  });

  test('keep their live value when the render has none and the field is still ours', () => {
    const live = owned(deployment(5), { 'f:spec': { 'f:replicas': {} } });
    const { form } = applyForm({ object: deployment(), stage: 'gateways', scaled: true }, live, manager);
    expect(form.spec).toEqual({ replicas: 5, paused: false });
  });

  test.each<[string, Partial<ManagedFieldsEntry>]>([
    ['another manager', { manager: 'kubectl' }],
    ['an update', { operation: 'Update' }],
    ['the scale subresource', { subresource: 'scale' }],
  ])('are left when %s owns them', (_, entry) => {
    const live = owned(deployment(5), { 'f:spec': { 'f:replicas': {} } }, entry);
    const { form } = applyForm({ object: deployment(2), stage: 'gateways', scaled: true }, live, manager);
    expect(form.spec).toEqual({ paused: false });
  });

  test('are ours where no autoscaler is', () => {
    const { form } = applyForm({ object: deployment(2), stage: 'gateways', scaled: false }, deployment(5), manager);
    expect(form.spec).toEqual({ replicas: 2, paused: false });
  });
});

describe('webhooks', () => {
  test('leave the failure policy and the CA bundle of a validating webhook to istiod', () => {
    const object = webhooks({ failurePolicy: 'Ignore', caBundle: 'old' }, 'rev.validation.istio.io');
    const live = withIstiod(webhooks({ failurePolicy: 'Fail', caBundle: 'new' }, 'rev.validation.istio.io'));
    const { form } = applyForm({ object, stage: 'revision', scaled: false }, live, manager);
    expect(form).toEqual(webhooks({}, 'rev.validation.istio.io'));
  });

  test('keep the live failure policy while it is still ours', () => {
    const name = 'rev.validation.istio.io';
    const live = owned(webhooks({ failurePolicy: 'Ignore' }, name), {
      'f:webhooks': { [`k:{"name":"${name}"}`]: { 'f:failurePolicy': {} } },
    });
    const { form } = applyForm(
      { object: webhooks({ failurePolicy: 'Fail' }, name), stage: 'revision', scaled: false },
      live,
      manager,
    );
    expect(form).toEqual(webhooks({ failurePolicy: 'Ignore' }, name));
  });

  test('keep the failure policy of a mutating webhook, which istiod never writes', () => {
    const kind = 'MutatingWebhookConfiguration';
    const object = webhooks({ kind, failurePolicy: 'Fail', caBundle: 'old' }, 'rev.object.sidecar-injector.istio.io');
    const live = withIstiod(
      webhooks({ kind, failurePolicy: 'Ignore', caBundle: 'new' }, 'rev.object.sidecar-injector.istio.io'),
    );
    const { form } = applyForm({ object, stage: 'revision', scaled: false }, live, manager);
    expect(form).toEqual(webhooks({ kind, failurePolicy: 'Fail' }, 'rev.object.sidecar-injector.istio.io'));
  });

  test('bring a webhook that is new in a live configuration as rendered', () => {
    const object = webhooks({ failurePolicy: 'Ignore' }, 'a.istio.io', 'b.istio.io');
    const { form } = applyForm(
      { object, stage: 'revision', scaled: false },
      withIstiod(webhooks({}, 'a.istio.io')),
      manager,
    );
    expect((form.webhooks as { failurePolicy?: string }[]).map((webhook) => webhook.failurePolicy)).toEqual([
      undefined,
      'Ignore',
    ]);
  });
});

describe('routing', () => {
  test('leaves a tag at the revision that it points at, and a new webhook of it too', () => {
    const kind = 'MutatingWebhookConfiguration';
    const object = webhooks({ kind, name: 'istio-revision-tag-prod', revision: '1-32-0' }, 'a.istio.io', 'b.istio.io');
    const live = webhooks({ kind, name: 'istio-revision-tag-prod', revision: '1-31-0' }, 'a.istio.io');
    const { form } = applyForm({ object, stage: 'routing', scaled: false }, live, manager);
    expect(form).toEqual(
      webhooks({ kind, name: 'istio-revision-tag-prod', revision: '1-31-0' }, 'a.istio.io', 'b.istio.io'),
    );
  });

  test('leaves the selector of a gateway Service where it is, and promotes its ports', () => {
    const object = gatewayService('1-32-0', 443);
    const { form } = applyForm({ object, stage: 'routing', scaled: false }, gatewayService('1-31-0'), manager);
    expect(form).toEqual(gatewayService('1-31-0', 443));
  });

  test('does not take a revision from the live object in another stage', () => {
    const object = gatewayService('1-32-0');
    expect(applyForm({ object, stage: 'revision', scaled: false }, gatewayService('1-31-0'), manager).form).toEqual(
      object,
    );
  });

  test('promotes the tag of a namespace, which is no revision', () => {
    const namespace = (tag: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'istio.io/rev': tag } },
    });
    const { form } = applyForm(
      { object: namespace('prod'), stage: 'routing', scaled: false },
      namespace('canary'),
      manager,
    );
    expect(form).toEqual(namespace('prod'));
  });
});
