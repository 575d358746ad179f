import type { KubernetesObject } from '../ports/objects.ts';
import type { WebhookFault } from './fault.ts';
import { type IstiodPorts, isIstiod, localPort, workloadKey } from './istiod-workload.ts';
import type { Pod } from './pod.ts';

/** The fields of a Service that are read here. */
export interface Service extends KubernetesObject {
  spec?: {
    clusterIP?: string;
    clusterIPs?: string[];
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; targetPort?: number | string }[];
  };
}

/** What the cluster network knows at one moment. */
export interface NetworkView {
  services: readonly Service[];
  pods: readonly Pod[];
  /** Ports of an istiod process that answers, by workload key. */
  istiod(key: string): IstiodPorts | undefined;
  /** What connections from the API server to a Service meet. */
  webhookFault(service: Service): WebhookFault | undefined;
}

export type Route =
  /** `delay`: milliseconds by which everything comes late that is said there. */
  | { kind: 'dial'; host: string; port: number; delay?: number }
  | { kind: 'refused'; reason: string }
  /** Somebody listens who speaks another language. */
  | { kind: 'nonsense' };

/** Where a connection to an address of the cluster network really goes. */
export function routeConnection(host: string, port: number, view: NetworkView): Route {
  const service = serviceAt(host, view.services);
  if (service) return routeToWebhook(service, port, view);
  const pod = view.pods.find(({ status }) => status?.podIP === host);
  if (pod) return routeToPod(pod, port, view);
  return { kind: 'dial', host, port };
}

/** The Service with this address. */
export function serviceAt(host: string, services: readonly Service[]): Service | undefined {
  return services.find(({ spec }) => [spec?.clusterIP, ...(spec?.clusterIPs ?? [])].includes(host));
}

/** Where a proxy's own look-up of `<service>.<namespace>.svc:<port>` ends. */
export function routeByName(name: string, namespace: string, port: number, view: NetworkView): Route {
  const service = view.services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  if (service) return routeToService(service, port, view);
  return refused(`there is no Service ${namespace}/${name}`);
}

function routeToWebhook(service: Service, port: number, view: NetworkView): Route {
  const fault = view.webhookFault(service);
  const route = routeToService(service, port, view);
  switch (fault?.failure) {
    case 'unreachable':
      return refused('connect: connection refused');
    case 'nonsense':
      return { kind: 'nonsense' };
    case 'slow':
      return route.kind === 'dial' ? { ...route, delay: fault.delay } : route;
    case undefined:
      return route;
  }
}

function routeToService(service: Service, port: number, view: NetworkView): Route {
  const { metadata, spec } = service;
  const title = `Service ${metadata.namespace}/${metadata.name}`;
  const entry = spec?.ports?.find((candidate) => candidate.port === port);
  if (entry === undefined) return refused(`${title} has no port ${port}`);
  const selector = Object.entries(spec?.selector ?? {});
  if (selector.length === 0) return refused(`${title} has no selector`);
  const candidates = view.pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      selector.every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  if (candidates.length === 0) return refused(`${title} selects no pod`);
  const routes = candidates.map((pod) => routeToPod(pod, entry.targetPort ?? port, view));
  const open = routes.filter((route) => route.kind === 'dial');
  // As kube-proxy does: any of the endpoints that are ready.
  return open[Math.floor(Math.random() * open.length)] ?? refused(`${title} has no ready endpoint`);
}

function routeToPod(pod: Pod, target: number | string, view: NetworkView): Route {
  const title = `Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  if (!isIstiod(pod)) return refused(`${title} is simulated: nothing listens in it`);
  const ports = view.istiod(workloadKey(pod));
  if (ports === undefined) return refused(`the istiod of ${title} does not answer`);
  const number = typeof target === 'number' ? target : containerPort(pod, target);
  const port = number === undefined ? undefined : localPort(ports, number);
  return port === undefined
    ? refused(`${title} does not listen on ${target}`)
    : { kind: 'dial', host: '127.0.0.1', port };
}

function containerPort(pod: Pod, name: string): number | undefined {
  return pod.spec.containers.flatMap(({ ports }) => ports ?? []).find((port) => port.name === name)?.containerPort;
}

function refused(reason: string): Route {
  return { kind: 'refused', reason };
}
