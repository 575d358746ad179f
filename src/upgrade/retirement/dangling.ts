import { defaultValidatorName } from '../../bundle/default-validator.ts';
import { revisionLabel } from '../../bundle/labels.ts';
import { listWebhooks, tagOf } from '../../plan/istio-in-cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { type CalledService, calledIstiods, hasReadyEndpoint } from '../istio-webhooks.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { selects } from '../workloads/workload.ts';

/** What Istio's objects of one control plane point at. */
export interface RoutingFacts {
  /** Namespace of the control plane. */
  namespace: string;
  mutating: KubernetesObject[];
  validating: KubernetesObject[];
  /** Services of the whole cluster. */
  services: KubernetesObject[];
  /** EndpointSlices of the control plane's namespace. */
  endpointSlices: KubernetesObject[];
  /** Deployments of istiod. */
  istiods: KubernetesObject[];
  /** Pods that are labelled with a revision: istiods and gateways. */
  pods: KubernetesObject[];
  /** ConfigMaps of the control plane's namespace. */
  configMaps: KubernetesObject[];
}

/** Everything of Istio's that points at nothing, one sentence each with its cure; empty when all is well. */
export async function danglingReferences({ cluster, namespace }: UpgradeContext): Promise<string[]> {
  const [webhooks, services, endpointSlices, istiods, pods, configMaps] = await Promise.all([
    listWebhooks(cluster),
    cluster.list({ apiVersion: 'v1', kind: 'Service' }),
    cluster.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, { namespace }),
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, labelSelector: 'app=istiod' }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: revisionLabel }),
    cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, labelSelector: revisionLabel }),
  ]);
  return danglingIn({
    namespace,
    ...webhooks,
    services: services.items,
    endpointSlices: endpointSlices.items,
    istiods: istiods.items,
    pods: pods.items,
    configMaps: configMaps.items,
  });
}

export function danglingIn(facts: RoutingFacts): string[] {
  const revisions = new Set(facts.istiods.map(revisionOf));
  const [headless, others] = split(
    facts.mutating.filter((object) => ofControlPlane(facts, object)),
    (object) => tagOf(object) !== undefined && !revisions.has(revisionOf(object)) && !isAnswered(facts, object),
  );
  return [
    ...headless.map(
      (tag) =>
        `tag ${tagOf(tag)} (${nameOf(tag)}) points at revision ${revisionOf(tag)}, which has no istiod: no pod starts in its namespaces; point it at another revision`,
    ),
    ...[...others, ...facts.validating].flatMap((object) => webhookSentences(facts, object)),
    ...defaultSentences(facts),
    ...facts.services.flatMap((service) => serviceSentences(facts, service)),
    ...facts.configMaps
      .filter((map) => isOfRevision(map) && !revisions.has(revisionOf(map)))
      .map((map) => `${nameOf(map)} belongs to revision ${revisionOf(map)}, which has no istiod; delete it`),
  ];
}

/** Istio's own webhooks alone: others may stand in the same namespace. */
function istiodsCalled({ namespace }: RoutingFacts, configuration: KubernetesObject): CalledService[] {
  const called = calledIstiods(configuration);
  return called.filter((service) => service.namespace === namespace);
}

function ofControlPlane(facts: RoutingFacts, configuration: KubernetesObject): boolean {
  return istiodsCalled(facts, configuration).length > 0;
}

/** An istiod of another cluster has no Deployment here, only a Service with endpoints. */
function isAnswered(facts: RoutingFacts, configuration: KubernetesObject): boolean {
  return istiodsCalled(facts, configuration).every((service) => hasReadyEndpoint(facts.endpointSlices, service));
}

function webhookSentences(facts: RoutingFacts, configuration: KubernetesObject): string[] {
  return istiodsCalled(facts, configuration).flatMap((service) => {
    const { namespace, name } = service;
    const calls = `${nameOf(configuration)} calls Service ${namespace}/${name}`;
    if (!findService(facts, name)) {
      return [`${calls}, which does not exist; point it at a revision that runs, or delete it`];
    }
    if (hasReadyEndpoint(facts.endpointSlices, service)) return [];
    return [`${calls}, which has no ready endpoint; find out why its istiod is not ready`];
  });
}

/** There is one default, and the validator of what carries no revision asks the same istiod. */
function defaultSentences(facts: RoutingFacts): string[] {
  const defaults = facts.mutating.filter((object) => tagOf(object) === 'default' && ofControlPlane(facts, object));
  const [tag, ...more] = defaults;
  if (!tag) {
    if (facts.istiods.some((istiod) => revisionOf(istiod) === 'default')) return [];
    return ['there is no default tag: nothing serves what names no revision; point the tag default at a revision'];
  }
  if (more.length > 0) {
    return [`there is more than one default tag: ${defaults.map(nameOf).join(', ')}; delete all but one of them`];
  }
  const validator = facts.validating.find(({ metadata }) => metadata.name === defaultValidatorName);
  if (!validator) {
    const missing = `ValidatingWebhookConfiguration ${defaultValidatorName}`;
    return [`${missing} is missing: nothing validates configuration that names no revision; apply it again`];
  }
  const revision = revisionOf(tag);
  const asked = istiodsCalled(facts, validator).map(({ name }) => revisionBehind(facts, name));
  const astray = asked.find((other) => other !== undefined && other !== revision);
  if (astray === undefined) return [];
  return [
    `${nameOf(validator)} asks revision ${astray}, and the default tag points at ${revision}; move it to ${revision}`,
  ];
}

/** The revision that a Service of the control plane leads to; undefined where there is no such Service. */
function revisionBehind(facts: RoutingFacts, service: string): string | undefined {
  const found = findService(facts, service);
  return found && (selectorOf(found)[revisionLabel] ?? 'default');
}

function findService({ services, namespace }: RoutingFacts, name: string): KubernetesObject | undefined {
  return services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

function serviceSentences({ mutating, pods }: RoutingFacts, service: KubernetesObject): string[] {
  const matchLabels = selectorOf(service);
  const revision = matchLabels[revisionLabel];
  if (revision === undefined) return [];
  const tag = tagOf(service);
  const configuration = tag === undefined ? undefined : mutating.find((object) => tagOf(object) === tag);
  if (tag !== undefined && !configuration)
    return [`${nameOf(service)} belongs to tag ${tag}, which is gone; delete it`];
  if (configuration && revisionOf(configuration) !== revision) {
    return [
      `${nameOf(service)} leads to revision ${revision}, and its tag ${tag} points at ${revisionOf(configuration)}; move both to one revision`,
    ];
  }
  const selected = pods.some(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace && selects({ matchLabels }, metadata.labels ?? {}),
  );
  if (selected) return [];
  return [
    `${nameOf(service)} selects no pod: there is none of revision ${revision}; point it at a revision that runs, or delete it`,
  ];
}

/** The ConfigMaps that an istiod and its injector read. */
function isOfRevision(map: KubernetesObject): boolean {
  const revision = revisionOf(map);
  return [`istio-${revision}`, `istio-sidecar-injector-${revision}`, `values-${revision}`].includes(map.metadata.name);
}

function revisionOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.[revisionLabel] ?? 'default';
}

function selectorOf({ spec }: KubernetesObject): Record<string, string> {
  return (spec as { selector?: Record<string, string> } | undefined)?.selector ?? {};
}

function nameOf(object: KubernetesObject): string {
  return formatObjectId(objectId(object));
}

function split<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
