import { holdFieldManager } from './field-manager.ts';

/** A field that a controller, a delivery tool or a cloud is known to write. */
export interface WellKnownField {
  /** Any kind where it is left out. */
  kind?: string;
  apiGroup?: string;
  path: string;
  /** Its field managers, by the names that they have had. */
  owners: readonly [string, ...string[]];
  /** When it is theirs: always, where an autoscaler scales the object, or where the live managedFields show one of them. */
  applies: 'always' | 'scaled' | 'seen';
  reason: string;
  source: string;
}

const admission = 'admissionregistration.k8s.io';
const networking = 'networking.istio.io';

const serverSideApply = 'https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership';
const istiod = {
  owners: ['pilot-discovery'],
  applies: 'always',
  // Conflicts with "pilot-discovery" are reported in https://github.com/istio/istio/issues/45204 and /61613.
  source: 'https://github.com/istio/istio/pull/59367',
} as const;
// A client without a field manager is named after its program: /bin/rollouts-controller.
// Its managedFields are reported in https://github.com/argoproj/argo-rollouts/issues/3854.
const argoRollouts = { apiGroup: networking, owners: ['rollouts-controller'], applies: 'seen' } as const;
// The program is ./flagger; it writes back the whole spec that follows from its Canary, the weights apart.
const flagger = {
  owners: ['flagger'],
  applies: 'seen',
  reason: 'Flagger writes it for its Canary',
  source: 'https://github.com/fluxcd/flagger/blob/main/pkg/router/istio.go',
} as const;
// Its user agent is cert-manager-cainjector; older ones are named after their program, cainjector:
// https://github.com/cert-manager/cert-manager/issues/4838
const certManager = {
  owners: ['cert-manager-cainjector', 'cainjector'],
  applies: 'seen',
  reason: "cert-manager's CA injector writes it",
  source: 'https://github.com/cert-manager/cert-manager/blob/master/pkg/controller/cainjector/setup.go',
} as const;

/**
 * Fields that others are known to write in what a bundle renders. The vertical autoscaler is not among them: it writes
 * to pods alone.
 */
export const wellKnownFields: readonly WellKnownField[] = [
  {
    path: '.spec.replicas',
    owners: ['kube-controller-manager'],
    applies: 'scaled',
    reason: 'a HorizontalPodAutoscaler sets it',
    source: serverSideApply,
  },
  {
    apiGroup: 'apps',
    path: '.spec.replicas',
    // KEDA's operator sets it itself where it scales to or from zero; above, its HorizontalPodAutoscaler does.
    owners: ['keda'],
    applies: 'seen',
    reason: 'KEDA sets it for its ScaledObject',
    source: 'https://github.com/kedacore/keda/blob/main/pkg/scaling/executor/scale_scaledobjects.go',
  },
  {
    kind: 'HorizontalPodAutoscaler',
    path: '.spec.minReplicas',
    owners: [holdFieldManager],
    applies: 'seen',
    reason: 'an upgrade holds the size of the gateway',
    source: serverSideApply,
  },
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].flatMap((kind): WellKnownField[] => [
    {
      kind,
      apiGroup: admission,
      path: '.webhooks[*].clientConfig.caBundle',
      reason: 'istiod writes the certificate of its authority',
      ...istiod,
    },
    { kind, apiGroup: admission, path: '.webhooks[*].clientConfig.caBundle', ...certManager },
  ]),
  {
    kind: 'ValidatingWebhookConfiguration',
    apiGroup: admission,
    path: '.webhooks[*].failurePolicy',
    reason: 'istiod sets it to Fail once it can validate',
    ...istiod,
  },
  {
    kind: 'CustomResourceDefinition',
    apiGroup: 'apiextensions.k8s.io',
    path: '.spec.conversion.webhook.clientConfig.caBundle',
    ...certManager,
  },
  ...['http', 'tls', 'tcp'].map(
    (protocol): WellKnownField => ({
      kind: 'VirtualService',
      path: `.spec.${protocol}[*].route[*].weight`,
      reason: 'Argo Rollouts shifts traffic by it',
      source: 'https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/istio/',
      ...argoRollouts,
    }),
  ),
  {
    kind: 'DestinationRule',
    path: '.spec.subsets[*].labels["rollouts-pod-template-hash"]',
    reason: 'Argo Rollouts points its subsets at a ReplicaSet by it',
    source: 'https://github.com/argoproj/argo-rollouts/blob/master/rollout/trafficrouting/istio/istio.go',
    ...argoRollouts,
  },
  ...['hosts', 'gateways', 'http', 'tcp'].map(
    (field): WellKnownField => ({
      kind: 'VirtualService',
      apiGroup: networking,
      path: `.spec.${field}`,
      ...flagger,
    }),
  ),
  ...['host', 'trafficPolicy', 'subsets'].map(
    (field): WellKnownField => ({
      kind: 'DestinationRule',
      apiGroup: networking,
      path: `.spec.${field}`,
      ...flagger,
    }),
  ),
  ...['parentRefs', 'hostnames', 'rules'].map(
    (field): WellKnownField => ({
      kind: 'HTTPRoute',
      apiGroup: 'gateway.networking.k8s.io',
      path: `.spec.${field}`,
      ...flagger,
      source: 'https://github.com/fluxcd/flagger/blob/main/pkg/router/gateway_api.go',
    }),
  ),
];

/** One requirement of a label selector. */
export interface LabelExpression {
  key: string;
  operator: string;
  values?: string[];
}

/** Requirements that a cloud adds to the selectors of every webhook, so that they keep off its own namespaces. */
export interface SelectorGuard {
  owner: string;
  adds: (expression: LabelExpression) => boolean;
  reason: string;
  source: string;
}

export const selectorGuards: readonly SelectorGuard[] = [
  {
    owner: 'admissionsenforcer',
    adds: ({ key, operator, values = [] }) =>
      (key === 'control-plane' && operator === 'DoesNotExist') ||
      (key === 'control-plane' && operator === 'NotIn' && values.join() === 'true') ||
      (key === 'kubernetes.azure.com/managedby' && operator === 'NotIn' && values.join() === 'aks'),
    reason:
      'the admissions enforcer of AKS keeps webhooks off its namespaces; the label admissions.enforcer/disabled: "true" on the configuration opts out',
    // Its expressions: https://github.com/Azure/AKS/issues/4002 and https://github.com/DataDog/datadog-agent/pull/19965;
    // its field manager: https://github.com/aws-observability/helm-charts/pull/350
    source: 'https://learn.microsoft.com/azure/aks/faq#can-i-use-admission-controller-webhooks-on-aks',
  },
  {
    // An admission webhook of the cluster: what it adds belongs to whoever sent the request.
    owner: 'GKE Autopilot',
    adds: ({ key, operator, values = [] }) =>
      key === 'kubernetes.io/metadata.name' &&
      operator === 'NotIn' &&
      values.length > 0 &&
      values.every((name) => /^(kube-system|kube-node-lease|gke-[a-z0-9-]+)$/.test(name)),
    reason: 'GKE Autopilot keeps webhooks off its namespaces',
    source: 'https://github.com/Dynatrace/dynatrace-operator/issues/2194',
  },
];
