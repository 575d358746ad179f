import { proxyRevision } from '../upgrade/workloads/proxy-pod.ts';
import { type ContainerEnvironment, containerEnvironment, type Machine } from './container-environment.ts';
import { containerOf, imageVersion, isRunning, type Pod } from './pod.ts';

/** What a proxy says about itself when it opens its stream. */
export interface ProxyNode {
  /** `sidecar~<ip>~<pod>.<namespace>~<namespace>.svc.cluster.local` */
  id: string;
  cluster: string;
  metadata: Record<string, unknown>;
}

/** One pod's proxy and where it looks for its control plane. */
export interface Proxy {
  node: ProxyNode;
  /** Host and port, as the agent would dial them: `istiod-1-31-0.istio-system.svc:15012`. */
  discoveryAddress: string;
  revision: string;
}

const container = 'istio-proxy';
const defaultDiscoveryAddress = 'istiod.istio-system.svc:15012';

/** Whether a proxy runs in the pod, as sidecar, native sidecar or gateway. */
export function hasProxy(pod: Pod): boolean {
  return isRunning(pod) && pod.status?.podIP !== undefined && containerOf(pod, container) !== undefined;
}

/** The proxy of a pod that has one, from what stands in the pod: as pilot-agent works it out when it starts. */
export function proxyOf(pod: Pod, machine: Machine): Proxy | undefined {
  const proxy = containerOf(pod, container);
  const ip = pod.status?.podIP;
  if (proxy === undefined || ip === undefined) return undefined;
  const environment = containerEnvironment(pod, proxy, { machine, find: () => undefined });
  const { name, namespace = 'default', labels = {}, annotations = {} } = pod.metadata;
  const args = proxy.args ?? [];
  const role = args[args.indexOf('proxy') + 1] ?? 'sidecar';
  const proxyConfig = jsonObject(environment.variables['PROXY_CONFIG']);
  const workload = environment.variables['ISTIO_META_WORKLOAD_NAME'] ?? labels['app'] ?? name;
  return {
    node: {
      id: `${role}~${ip}~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${labels['app'] ?? workload}.${namespace}`,
      metadata: {
        ...agentMetadata(environment),
        NAME: name,
        NAMESPACE: namespace,
        SERVICE_ACCOUNT: pod.spec.serviceAccountName ?? 'default',
        WORKLOAD_NAME: workload,
        INSTANCE_IPS: (pod.status?.podIPs ?? [{ ip }]).map((entry) => entry.ip).join(','),
        LABELS: withoutKey(labels, 'pod-template-hash'),
        ANNOTATIONS: annotations,
        PROXY_CONFIG: proxyConfig,
        ISTIO_VERSION: environment.variables['ISTIO_META_ISTIO_VERSION'] ?? imageVersion(proxy.image) ?? 'unknown',
        PILOT_SAN: [hostOf(discoveryAddress(environment, proxyConfig))],
        ENVOY_STATUS_PORT: 15021,
        ENVOY_PROMETHEUS_PORT: 15090,
      },
    },
    discoveryAddress: discoveryAddress(environment, proxyConfig),
    revision: proxyRevision(pod) ?? 'default',
  };
}

/** Everything in `ISTIO_META_*` and `ISTIO_METAJSON_*`, as pilot-agent passes it on. */
function agentMetadata({ variables }: ContainerEnvironment): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith('ISTIO_METAJSON_')) Object.assign(metadata, jsonObject(value));
    else if (name === 'ISTIO_META_POD_PORTS') metadata['POD_PORTS'] = JSON.stringify(jsonValue(value) ?? []);
    else if (name.startsWith('ISTIO_META_')) metadata[name.slice('ISTIO_META_'.length)] = value;
  }
  return metadata;
}

function discoveryAddress({ variables }: ContainerEnvironment, proxyConfig: Record<string, unknown>): string {
  const stated = proxyConfig['discoveryAddress'];
  if (typeof stated === 'string' && stated !== '') return stated;
  // The agent reads mesh config, which says the same as the address of the certificate authority.
  return variables['CA_ADDR'] ?? defaultDiscoveryAddress;
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

function withoutKey(entries: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
}

function jsonObject(text: string | undefined): Record<string, unknown> {
  const value = jsonValue(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function jsonValue(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
