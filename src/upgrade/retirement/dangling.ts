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

/** Something of Istio's that points at nothing. */
export interface Dangling {
  /** As a person reads it: `Service istio-gateways/egress`. */
  object: string;
  /** Follows the object. */
  reason: string;
  cure: string;
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
  const found = danglingIn({
    namespace,
    ...webhooks,
    services: services.items,
    endpointSlices: endpointSlices.items,
    istiods: istiods.items,
    pods: pods.items,
    configMaps: configMaps.items,
  });
  return found.map(danglingSentence);
}

export function danglingSentence({ object, reason, cure }: Dangling): string {
  return `${object} ${reason}; ${cure}`;
}

export function danglingIn(facts: RoutingFacts): Dangling[] {
  const revisions = new Set(facts.istiods.map(revisionOf));
  const [headless, others] = split(
    facts.mutating.filter((object) => ofControlPlane(facts, object)),
    (object) => tagOf(object) !== undefined && !revisions.has(revisionOf(object)) && !isAnswered(facts, object),
  );
  return [
    ...headless.map((tag) => ({
      object: `tag ${tagOf(tag)} (${nameOf(tag)})`,
      reason: `points at revision ${revisionOf(tag)}, which has no istiod: no pod starts in its namespaces`,
      cure: 'point it at another revision',
    })),
    ...[...others, ...facts.validating].flatMap((object) => webhookDangling(facts, object)),
    ...defaultDangling(facts),
    ...facts.services.flatMap((service) => serviceDangling(facts, service)),
    ...facts.configMaps
      .filter((map) => isOfRevision(map) && !revisions.has(revisionOf(map)))
      .map((map) => ({
        object: nameOf(map),
        reason: `belongs to revision ${revisionOf(map)}, which has no istiod`,
        cure: 'delete it',
      })),
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

function webhookDangling(facts: RoutingFacts, configuration: KubernetesObject): Dangling[] {
  const object = nameOf(configuration);
  return istiodsCalled(facts, configuration).flatMap((service) => {
    const { namespace, name } = service;
    const calls = `calls Service ${namespace}/${name}`;
    if (!findService(facts, name)) {
      const cure = 'point it at a revision that runs, or delete it';
      return [{ object, reason: `${calls}, which does not exist`, cure }];
    }
    if (hasReadyEndpoint(facts.endpointSlices, service)) return [];
    return [{ object, reason: `${calls}, which has no ready endpoint`, cure: 'find out why its istiod is not ready' }];
  });
}

/** There is one default, and the validator of what carries no revision asks the same istiod. */
function defaultDangling(facts: RoutingFacts): Dangling[] {
  const object = 'tag default';
  const defaults = facts.mutating.filter((object) => tagOf(object) === 'default' && ofControlPlane(facts, object));
  const [tag, ...more] = defaults;
  if (!tag) {
    if (facts.istiods.some((istiod) => revisionOf(istiod) === 'default')) return [];
    return [
      { object, reason: 'does not exist: nothing serves what names no revision', cure: 'point it at a revision' },
    ];
  }
  if (more.length > 0) {
    const reason = `exists more than once: ${defaults.map(nameOf).join(', ')}`;
    return [{ object, reason, cure: 'delete all but one of them' }];
  }
  const validator = facts.validating.find(({ metadata }) => metadata.name === defaultValidatorName);
  if (!validator) {
    const reason = 'is missing: nothing validates configuration that names no revision';
    return [{ object: `ValidatingWebhookConfiguration ${defaultValidatorName}`, reason, cure: 'apply it again' }];
  }
  const revision = revisionOf(tag);
  const asked = istiodsCalled(facts, validator).map(({ name }) => revisionBehind(facts, name));
  const astray = asked.find((other) => other !== undefined && other !== revision);
  if (astray === undefined) return [];
  const reason = `asks revision ${astray}, and the default tag points at ${revision}`;
  return [{ object: nameOf(validator), reason, cure: `move it to ${revision}` }];
}

/** The revision that a Service of the control plane leads to; undefined where there is no such Service. */
function revisionBehind(facts: RoutingFacts, service: string): string | undefined {
  const found = findService(facts, service);
  return found && (selectorOf(found)[revisionLabel] ?? 'default');
}

function findService({ services, namespace }: RoutingFacts, name: string): KubernetesObject | undefined {
  return services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

function serviceDangling({ mutating, pods }: RoutingFacts, service: KubernetesObject): Dangling[] {
  const object = nameOf(service);
  const matchLabels = selectorOf(service);
  const revision = matchLabels[revisionLabel];
  if (revision === undefined) return [];
  const tag = tagOf(service);
  const configuration = tag === undefined ? undefined : mutating.find((object) => tagOf(object) === tag);
  if (tag !== undefined && !configuration) {
    return [{ object, reason: `belongs to tag ${tag}, which is gone`, cure: 'delete it' }];
  }
  if (configuration && revisionOf(configuration) !== revision) {
    const reason = `leads to revision ${revision}, and its tag ${tag} points at ${revisionOf(configuration)}`;
    return [{ object, reason, cure: 'move both to one revision' }];
  }
  const selected = pods.some(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace && selects({ matchLabels }, metadata.labels ?? {}),
  );
  if (selected) return [];
  const reason = `selects no pod: there is none of revision ${revision}`;
  return [{ object, reason, cure: 'point it at a revision that runs, or delete it' }];
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
