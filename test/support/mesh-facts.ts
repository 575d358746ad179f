import type { StoredBundle } from '../../src/apply/stored-bundle.ts';
import type { Stage, StageObjects } from '../../src/bundle/bundle.ts';
import { defaultValidatorName } from '../../src/bundle/default-validator.ts';
import { meshLabel, revisionLabel, tagLabel } from '../../src/bundle/labels.ts';
import type { GroupPolicy } from '../../src/mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import type { MeshFacts } from '../../src/upgrade/preflight/mesh-facts.ts';
import { bundleOf } from './bundles.ts';

export type Labels = Record<string, string>;

/** An object with overrides of its top-level fields; `name` may be `namespace/name`. */
export function object(
  apiVersion: string,
  kind: string,
  path: string,
  fields: Record<string, unknown> & { labels?: Labels; metadata?: Record<string, unknown> } = {},
): KubernetesObject {
  const [name = '', namespace] = path.split('/').reverse();
  const { labels, metadata, ...rest } = fields;
  const meta = { name, ...(namespace === undefined ? {} : { namespace }), ...(labels ? { labels } : {}), ...metadata };
  return { apiVersion, kind, metadata: meta, ...rest };
}

export function namespace(name: string, labels: Labels = {}): KubernetesObject {
  return object('v1', 'Namespace', name, { labels });
}

interface PodFields {
  labels?: Labels;
  /** The revision that injected it; null for a pod without a proxy. */
  revision?: string | null;
  /** Tag of the proxy's image. */
  version?: string;
  /** What controls it; null for a bare pod. The Deployment that is named as its label `app` where nothing is said. */
  owner?: { kind: string; name: string } | null;
}

export function pod(path: string, fields: PodFields = {}): KubernetesObject {
  const { labels = { app: 'web' }, revision = '1-31-0', version } = fields;
  const { owner = { kind: 'Deployment', name: labels['app'] ?? 'web' } } = fields;
  const proxy = { name: 'istio-proxy', image: `docker.io/istio/proxyv2:${version ?? '1.31.0'}` };
  return object('v1', 'Pod', path, {
    labels: { ...labels, ...(owner && hashLabels[owner.kind]) },
    metadata: {
      ...(revision === null ? {} : { annotations: { [revisionLabel]: revision } }),
      ...(owner === null ? {} : { ownerReferences: [controller(owner)] }),
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }, ...(revision === null ? [] : [proxy])] },
    status: { phase: 'Running' },
  });
}

const hashLabels: Record<string, Labels> = {
  Deployment: { 'pod-template-hash': 'abc' },
  Rollout: { 'rollouts-pod-template-hash': 'abc' },
};

function controller({ kind, name }: { kind: string; name: string }) {
  if (kind in hashLabels) return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-abc`, controller: true };
  return { apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, name, controller: true };
}

interface WorkloadFields {
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout';
  replicas?: number;
  spec?: Record<string, unknown>;
  template?: { labels?: Labels; annotations?: Labels };
  status?: Record<string, unknown>;
  labels?: Labels;
  managedFields?: unknown[];
}

/** A workload whose pods have the label `app` with its name, all of them ready. */
export function workload(path: string, fields: WorkloadFields = {}): KubernetesObject {
  const { kind = 'Deployment', replicas = 3, spec = {}, template = {}, managedFields = [] } = fields;
  const app = path.split('/').at(-1) ?? '';
  const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'];
  const nodes = ['desiredNumberScheduled', 'updatedNumberScheduled', 'numberAvailable'];
  const status = Object.fromEntries((kind === 'DaemonSet' ? nodes : counts).map((key) => [key, replicas]));
  return object(kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1', kind, path, {
    labels: fields.labels ?? {},
    metadata: { generation: 1, managedFields },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      selector: { matchLabels: { app } },
      template: { metadata: { ...template, labels: { app, ...template.labels } } },
      ...spec,
    },
    status: { observedGeneration: 1, ...status, ...fields.status },
  });
}

export function group(name: string, overrides: Partial<GroupPolicy> = {}): GroupPolicy {
  return { name, namespaces: [], tag: `tag-${name}`, label: 'managed', batch: 1, soak: 0, ...overrides };
}

interface SideFields {
  version?: string;
  revision: string;
  /** Text of the mesh configuration. */
  mesh?: string;
  env?: { name: string; value: string }[];
  crds?: KubernetesObject[];
  config?: KubernetesObject[];
  routing?: KubernetesObject[];
}

/** One of the two bundles: a control plane with a root namespace of its own, one namespace of gateways, and tags. */
export function side({
  version = '1.31.0',
  revision,
  mesh,
  env,
  crds = [],
  config = [],
  routing = [],
}: SideFields): StoredBundle {
  const objects: Partial<Record<Stage, KubernetesObject[]>> = {
    namespaces: ['istio-config', 'istio-system', 'istio-gateways'].map((name) =>
      namespace(name, { [meshLabel]: 'acme' }),
    ),
    crds,
    revision: [
      object('v1', 'ConfigMap', `istio-system/istio-${revision}`, {
        data: { mesh: mesh ?? 'rootNamespace: istio-config' },
      }),
      object('apps/v1', 'Deployment', `istio-system/istiod-${revision}`, {
        spec: { template: { spec: { containers: [{ name: 'discovery', env: env ?? [visible] }] } } },
      }),
    ],
    config,
    routing,
  };
  const stages = Object.entries(objects).map(([stage, objects]): StageObjects => ({ stage: stage as Stage, objects }));
  const { manifest, clusters } = bundleOf({ dev: stages });
  const bundle = clusters['dev'];
  if (!bundle) throw new Error('the bundle has no cluster');
  return { manifest: { ...manifest, istio: { version, revision } }, bundle };
}

const visible = { name: 'DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES', value: 'istio-system' };

/** A configuration of webhooks of Istio that points to the istiod of a revision. */
export function webhook(
  name: string,
  {
    revision = '1-31-0',
    tag,
    caBundle = 'Q0E=',
    service,
  }: Partial<Record<'revision' | 'tag' | 'caBundle' | 'service', string>> = {},
): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', name, {
    labels: { [revisionLabel]: revision, ...(tag === undefined ? {} : { [tagLabel]: tag }) },
    webhooks: [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        clientConfig: { caBundle, service: { namespace: 'istio-system', name: service ?? `istiod-${revision}` } },
      },
    ],
  });
}

export function endpoints(service: string, ready: boolean): KubernetesObject {
  return object('discovery.k8s.io/v1', 'EndpointSlice', `istio-system/${service}-abcde`, {
    labels: { 'kubernetes.io/service-name': service },
    endpoints: [{ addresses: ['10.244.0.2'], conditions: { ready } }],
  });
}

/** The bundle with what serves proxies too: an injector and its Service, a gateway, and the default tag. */
function withServing(stored: StoredBundle): StoredBundle {
  const { revision } = stored.manifest.istio;
  const serving: Partial<Record<Stage, KubernetesObject[]>> = {
    revision: [webhook(`istio-sidecar-injector-${revision}`, { revision }), istiodService(revision)],
    gateways: [object('apps/v1', 'Deployment', `istio-gateways/ingress-${revision}`)],
    routing: [webhook('istio-revision-tag-default', { revision, tag: 'default' }), defaultValidator(revision)],
  };
  const known = stored.bundle.stages.map(({ stage, objects }) => ({
    stage,
    objects: [...objects, ...(serving[stage] ?? [])],
  }));
  const more = known.some(({ stage }) => stage === 'gateways')
    ? []
    : [{ stage: 'gateways' as const, objects: serving.gateways ?? [] }];
  return { ...stored, bundle: { ...stored.bundle, stages: [...known, ...more] } };
}

function inventoryOf({ bundle }: StoredBundle): MeshFacts['inventory'] {
  return bundle.stages.flatMap(({ stage, objects }) =>
    objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
      id: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
      stage,
      uid: '',
    })),
  );
}

/** What validates configuration that names no revision. */
function defaultValidator(revision: string): KubernetesObject {
  return { ...webhook(defaultValidatorName, { revision }), kind: 'ValidatingWebhookConfiguration' };
}

function istiodDeployment(revision: string): KubernetesObject {
  return workload(`istio-system/istiod-${revision}`, { labels: { app: 'istiod', [revisionLabel]: revision } });
}

/** The Service of an istiod; the mesh's own. */
function istiodService(revision: string): KubernetesObject {
  return object('v1', 'Service', `istio-system/istiod-${revision}`, {
    labels: { [revisionLabel]: revision, [meshLabel]: 'acme' },
    spec: { selector: { app: 'istiod', [revisionLabel]: revision } },
  });
}

/** A mesh that may move from 1.31.0 to 1.31.1 without a word: two groups, a workload in each. */
export function meshFacts(overrides: Partial<MeshFacts> = {}): MeshFacts {
  const old = withServing(side({ revision: '1-31-0' }));
  return {
    old,
    new: withServing(side({ revision: '1-31-1', version: '1.31.1' })),
    policy: {
      groups: [group('canary', { namespaces: ['payments'] }), group('main', { namespaces: ['shop'] })],
      soak: 0,
      acknowledgeNotes: false,
      waivers: [],
    },
    namespace: 'istio-system',
    acknowledged: [],
    kubernetes: 'v1.34.2',
    injector: 'injected',
    inventory: inventoryOf(old),
    namespaces: [
      ...['default', 'istio-config', 'istio-system', 'istio-gateways'].map((name) => namespace(name)),
      namespace('payments', { [revisionLabel]: 'tag-canary' }),
      namespace('shop', { [revisionLabel]: 'tag-main' }),
    ],
    workloads: [workload('payments/pay'), workload('shop/web'), istiodDeployment('1-31-0')],
    pods: [
      pod('payments/pay-1', { labels: { app: 'pay' } }),
      pod('shop/web-1'),
      pod('istio-system/istiod-1', {
        labels: { app: 'istiod', [revisionLabel]: '1-31-0' },
        revision: null,
        owner: { kind: 'Deployment', name: 'istiod-1-31-0' },
      }),
      pod('istio-gateways/ingress-1', { owner: { kind: 'Deployment', name: 'ingress-1-31-0' } }),
    ],
    replicaSets: [],
    budgets: [],
    autoscalers: [],
    definitions: [],
    webhooks: [
      webhook('istio-sidecar-injector-1-31-0'),
      webhook('istio-revision-tag-default', { tag: 'default' }),
      defaultValidator('1-31-0'),
    ],
    services: [istiodService('1-31-0')],
    endpointSlices: [endpoints('istiod-1-31-0', true)],
    configMaps: [],
    envoyFilters: [],
    boundConfig: [],
    gateways: [],
    gatewayClasses: [],
    routes: [],
    jobs: [],
    labelled: [],
    connected: { kind: 'known', proxies: [] },
    remoteClusters: [],
    ...overrides,
  };
}
