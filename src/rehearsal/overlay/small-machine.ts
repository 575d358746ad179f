import { isMapping } from '../../mesh/merge-deep.ts';
import { quantityValue } from '../../mesh/quantity.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

/** One change that a small machine makes necessary. */
export interface MachineChange {
  object: KubernetesObject;
  reason: string;
}

/** Requests above these are for the nodes that the bundle is made for. */
const mostRequested = { cpu: '20m', memory: '64Mi' };

/** istiod holds the whole mesh in memory. */
const mostRequestedByIstiod = { cpu: '50m', memory: '192Mi' };

type Json = Record<string, unknown>;

/** The object as one small machine can run it, step by step, each with its reason; nothing where it can as it is. */
export function forSmallMachine(object: KubernetesObject): MachineChange[] {
  const changes: MachineChange[] = [];
  let current = object;
  for (const { change, reason } of steps) {
    const next = change(current);
    if (next === undefined) continue;
    changes.push({ object: next, reason });
    current = next;
  }
  return changes;
}

const steps: { change: (object: KubernetesObject) => KubernetesObject | undefined; reason: string }[] = [
  { change: smallerRequests, reason: 'the machine is smaller than what the bundle asks for' },
  { change: anywhere, reason: 'the nodes of the rehearsal carry none of the labels and taints of the real ones' },
  { change: withoutPullSecrets, reason: 'the secrets of the real registry are not here' },
  { change: withoutPlatform, reason: 'there is no load balancer of the platform' },
  { change: smallerSidecars, reason: 'the machine is smaller than what the bundle asks for' },
];

function smallerRequests(object: KubernetesObject): KubernetesObject | undefined {
  const most = object.metadata.labels?.app === 'istiod' ? mostRequestedByIstiod : mostRequested;
  return changePod(object, (pod) => {
    const containers = asList(pod.containers).map((container) => {
      const resources = asMapping(container.resources);
      if (!isMapping(resources.requests)) return container;
      return { ...container, resources: { ...resources, requests: atMost(resources.requests, most) } };
    });
    return pod.containers === undefined ? pod : { ...pod, containers };
  });
}

/** Nodes of every kind have this label. */
const everywhere = 'kubernetes.io/os';

function anywhere(object: KubernetesObject): KubernetesObject | undefined {
  return changePod(object, ({ affinity: _affinity, tolerations: _tolerations, nodeSelector, ...pod }) => {
    const selector = Object.entries(asMapping(nodeSelector)).filter(([label]) => label === everywhere);
    const { topologySpreadConstraints, ...rest } = pod;
    const spread = asList(topologySpreadConstraints).filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable !== 'DoNotSchedule',
    );
    return {
      ...rest,
      ...(selector.length === 0 ? {} : { nodeSelector: Object.fromEntries(selector) }),
      ...(spread.length === 0 ? {} : { topologySpreadConstraints: spread }),
    };
  });
}

function withoutPullSecrets(object: KubernetesObject): KubernetesObject | undefined {
  if (object.kind === 'ServiceAccount' && object.imagePullSecrets !== undefined) {
    const { imagePullSecrets: _secrets, ...rest } = object;
    return rest as KubernetesObject;
  }
  return changePod(object, ({ imagePullSecrets: _secrets, ...pod }) => pod);
}

/** A Service's annotations speak to the load balancer of a platform. */
function withoutPlatform(object: KubernetesObject): KubernetesObject | undefined {
  const { annotations, ...metadata } = object.metadata;
  if (object.kind !== 'Service' || asMapping(object.spec).type !== 'LoadBalancer' || !annotations) return undefined;
  return { ...object, metadata };
}

/** What the injector gives a sidecar stands in its values. */
function smallerSidecars(object: KubernetesObject): KubernetesObject | undefined {
  const data = asMapping(object.data);
  if (object.kind !== 'ConfigMap' || !object.metadata.name.startsWith('istio-sidecar-injector')) return undefined;
  const values = JSON.parse(typeof data.values === 'string' ? data.values : '{}') as Json;
  const global = asMapping(values.global);
  const proxy = asMapping(global.proxy);
  const resources = asMapping(proxy.resources);
  const requests = atMost(asMapping(resources.requests), mostRequested);
  const smaller = { ...values, global: { ...global, proxy: { ...proxy, resources: { ...resources, requests } } } };
  return { ...object, data: { ...data, values: JSON.stringify(smaller, null, 2) } };
}

/** The object with its pod's spec changed; undefined where it has none or nothing of it changes. */
function changePod(object: KubernetesObject, change: (pod: Json) => Json): KubernetesObject | undefined {
  const spec = asMapping(object.spec);
  const template = asMapping(spec.template);
  if (!isMapping(template.spec)) return undefined;
  const pod = change(template.spec);
  if (JSON.stringify(pod) === JSON.stringify(template.spec)) return undefined;
  return { ...object, spec: { ...spec, template: { ...template, spec: pod } } };
}

function atMost(requests: Json, most: Record<string, string>): Json {
  return Object.fromEntries(Object.entries(requests).map(([name, asked]) => [name, lesser(asked, most[name])]));
}

function lesser(asked: unknown, most: string | undefined): unknown {
  if (most === undefined) return asked;
  return amount(String(asked)) > amount(most) ? most : asked;
}

/** A quantity that cannot be read counts as too much. */
function amount(quantity: string): number {
  return quantityValue(quantity) ?? Number.POSITIVE_INFINITY;
}

function asMapping(value: unknown): Json {
  return isMapping(value) ? value : {};
}

function asList(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
