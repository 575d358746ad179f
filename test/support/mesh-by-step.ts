import { tagLabel } from '../../src/bundle/labels.ts';
import type { StepId } from '../../src/plan/upgrade-steps.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import type { Groups } from './upgrade.ts';

const admission = 'admissionregistration.k8s.io/v1';

/** What each step of an upgrade changes in a mesh, looked up from outside, in the order of the steps. */
export async function meshByStep(cluster: Cluster, groups: Groups): Promise<Map<StepId, unknown>> {
  const [mutating, validating, services, deployments, pods, namespaces] = await Promise.all([
    cluster.list({ apiVersion: admission, kind: 'MutatingWebhookConfiguration' }),
    cluster.list({ apiVersion: admission, kind: 'ValidatingWebhookConfiguration' }),
    cluster.list({ apiVersion: 'v1', kind: 'Service' }),
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }),
    cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
  ]);
  const pointers = [...mutating.items, ...validating.items, ...services.items];
  const here = ({ items }: { items: KubernetesObject[] }, namespace: string) =>
    items.filter(({ metadata }) => metadata.namespace === namespace);
  const tag = (name: string) =>
    byName(pointers.filter(({ metadata }) => metadata.labels?.[tagLabel] === name).map((one) => [one, leadsTo(one)]));

  const ofNamespace = (name: string) => ({
    labels: namespaces.items.find(({ metadata }) => metadata.name === name)?.metadata.labels,
    templates: byName(here(deployments, name).map((one) => [one, timesRolled(one)])),
    pods: byName(
      here(pods, name)
        .filter(isLive)
        .map((one) => [one, proxyRevision(one)]),
    ),
  });
  const gateways = here(services, 'istio-gateways');
  return new Map<StepId, unknown>([
    ['control-plane', here(deployments, 'istio-system').map(({ metadata }) => metadata.name)],
    ['gateways', here(deployments, 'istio-gateways').map(({ metadata }) => metadata.name)],
    ...Object.entries(groups).map(([name, members]): [StepId, unknown] => [
      `group:${name}`,
      { tag: tag(`prod-${name}`), members: members.map(ofNamespace) },
    ]),
    ['gateway-switch', byName(gateways.map((one) => [one, leadsTo(one)]))],
    ['default', tag('default')],
  ]);
}

/** How often its pod template has changed, as its controller counts: 1 is none. */
export function timesRolled({ metadata }: KubernetesObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
}

/** The selector of a Service, the Services behind webhooks. */
function leadsTo(object: KubernetesObject): unknown {
  if (object.kind === 'Service') return (object.spec as { selector?: unknown }).selector;
  const webhooks = (object.webhooks ?? []) as { name: string; clientConfig: { service?: unknown } }[];
  return webhooks.map(({ name, clientConfig }) => [name, clientConfig.service]);
}

function byName(entries: [KubernetesObject, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([{ kind, metadata }, value]) => [`${kind} ${metadata.name}`, value]));
}
