import { describe, test } from 'vitest';
import type { KubernetesObject, ManagedFieldsEntry } from '../../../src/ports/objects.ts';
import { meshFacts, object, webhook, workload } from '../../support/mesh-facts.ts';
import { applied } from '../../support/objects.ts';
import { type Case, expectFound, type Found } from './expect-check.ts';

const name = 'istio-system/istiod-1-31-0';
const image = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': {} } } } };
const restart = {
  'f:template': { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/restartedAt': {} } } },
};

/** The mesh with istiod written by these. */
function istiodOf(...managedFields: ManagedFieldsEntry[]) {
  return {
    workloads: [
      workload(name, { managedFields }),
      workload('shop/web', { managedFields: [applied(image, { manager: 'argocd' })] }),
    ],
  };
}

function webhookOf(...managedFields: ManagedFieldsEntry[]): { webhooks: KubernetesObject[] } {
  return webhookNamed('istio-sidecar-injector-1-31-0', managedFields);
}

function webhookNamed(name: string, managedFields: ManagedFieldsEntry[]): { webhooks: KubernetesObject[] } {
  const configuration = webhook(name);
  return { webhooks: [{ ...configuration, metadata: { ...configuration.metadata, managedFields } }] };
}

function inWebhook(fields: Record<string, unknown>) {
  return { 'f:webhooks': { 'k:{"name":"rev.namespace.sidecar-injector.istio.io"}': fields } };
}

function update(manager: string) {
  return { manager, operation: 'Update' as const };
}

/** The running bundle, whose mesh file leaves a field of Deployments to somebody. */
function leaving(path: string, owner: string) {
  const { old } = meshFacts();
  const field = { kind: 'Deployment', name: '*', namespace: '*', path, owner, reason: 'another tool sets it' };
  return { ...old, manifest: { ...old.manifest, fields: [field] } };
}

describe('foreign-owner', () => {
  test.each<Case>([
    ['what is ours, and the workloads of others', istiodOf(applied(image))],
    [
      'the status that a controller writes',
      istiodOf(applied({ 'f:status': {} }, { manager: 'x', subresource: 'status' })),
    ],
    [
      'replicas that somebody scaled',
      istiodOf(applied({ 'f:spec': { 'f:replicas': {} } }, { manager: 'kubectl', subresource: 'scale' })),
    ],
    [
      'labels of somebody else',
      istiodOf(applied({ 'f:metadata': { 'f:labels': {} } }, { manager: 'x', operation: 'Update' })),
    ],
    ['a restart', istiodOf(applied({ 'f:spec': restart }, { manager: 'kubectl-rollout', operation: 'Update' }))],
    [
      'who has made a webhook of the revision that no bundle has',
      webhookNamed('by-hand', [applied(inWebhook({ 'f:failurePolicy': {} }), { manager: 'somebody' })]),
    ],
    [
      'the CA bundle that istiod writes',
      webhookOf(applied(inWebhook({ 'f:clientConfig': { 'f:caBundle': {} } }), update('pilot-discovery'))),
    ],
    [
      "the CA bundle that cert-manager's injector applies",
      webhookOf(
        applied(inWebhook({ '.': {}, 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } }), {
          manager: 'cert-manager-cainjector',
        }),
      ),
    ],
    [
      "the selectors that AKS's admissions enforcer writes",
      webhookOf(
        applied(inWebhook({ 'f:namespaceSelector': {}, 'f:objectSelector': {} }), update('admissionsenforcer')),
      ),
    ],
    [
      'a field that the mesh file declares',
      {
        ...istiodOf(applied({ 'f:spec': { 'f:strategy': {} } }, { manager: 'helm' })),
        old: leaving('.spec.strategy', 'helm'),
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('foreign-owner', facts, []));

  test.each<[...Case, Found[]]>([
    [
      'who applies istiod, once',
      istiodOf(
        applied(image),
        applied(image, { manager: 'argocd' }),
        applied(image, { manager: 'argocd', operation: 'Update' }),
      ),
      [['fail', `Deployment ${name}`, /"argocd" owns fields of its spec/]],
    ],
    [
      'who updates istiod',
      istiodOf(applied({ 'f:spec': { ...restart, 'f:strategy': {} } }, { manager: 'helm', operation: 'Update' })),
      [['fail', `Deployment ${name}`, /"helm" owns fields of its spec/]],
    ],
    [
      'who writes the webhooks',
      webhookOf(applied(inWebhook({ 'f:failurePolicy': {} }), { manager: 'sail-operator' })),
      [
        [
          'fail',
          'MutatingWebhookConfiguration istio-sidecar-injector-1-31-0',
          /"sail-operator" owns fields of its webhooks/,
        ],
      ],
    ],
  ])('names %s', (_name, facts, found) => expectFound('foreign-owner', facts, found));
});

describe('hpa-replicas', () => {
  const autoscaler = (path: string) => {
    const target = path.split('/')[1];
    return object('autoscaling/v2', 'HorizontalPodAutoscaler', path, {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target } },
    });
  };
  const replicas = { 'f:spec': { 'f:replicas': {} } };
  const web = (...managedFields: ManagedFieldsEntry[]) => [workload('shop/web', { managedFields })];

  test.each<Case>([
    ['what nobody scales', { workloads: web(applied(replicas, { manager: 'argocd' })) }],
    [
      'what the autoscaler alone scales',
      {
        workloads: web(
          applied(image, { manager: 'argocd' }),
          applied(replicas, { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale' }),
        ),
        autoscalers: [autoscaler('shop/web')],
      },
    ],
    [
      'an autoscaler of something else',
      { workloads: web(applied(replicas, { manager: 'argocd' })), autoscalers: [autoscaler('shop/other')] },
    ],
    [
      'what the mesh file declares',
      {
        workloads: web(applied(replicas, { manager: 'argocd' })),
        autoscalers: [autoscaler('shop/web')],
        old: leaving('.spec.replicas', 'argocd'),
      },
    ],
    ['what we have applied ourselves', { workloads: web(applied(replicas)), autoscalers: [autoscaler('shop/web')] }],
    [
      'what is not of the mesh',
      {
        namespaces: meshFacts().namespaces.filter(({ metadata }) => metadata.name !== 'shop'),
        workloads: web(applied(replicas, { manager: 'argocd' })),
        autoscalers: [autoscaler('shop/web')],
      },
    ],
  ])('lets %s pass', (_name, facts) => expectFound('hpa-replicas', facts, []));

  test('names who applies the replicas of what is autoscaled', () => {
    const facts = { workloads: web(applied(replicas, { manager: 'argocd' })), autoscalers: [autoscaler('shop/web')] };
    expectFound('hpa-replicas', facts, [
      [
        'warn',
        'Deployment shop/web',
        /"argocd" applies spec\.replicas, and HorizontalPodAutoscaler shop\/web scales it/,
      ],
    ]);
  });
});
