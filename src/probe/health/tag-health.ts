import { defaultValidatorName } from '../../bundle/default-validator.ts';
import { revisionLabel } from '../../bundle/labels.ts';
import { tagOf } from '../../plan/istio-in-cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { calledIstiods } from '../../upgrade/istio-webhooks.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import { deadEndsOf } from './istio-configurations.ts';
import { istiodsOf, revisionOf } from './istiods.ts';
import type { PartHealth } from './part-health.ts';

/** Whether every revision tag leads to one revision, and that revision has an istiod here that is ready. */
export function tagHealth(facts: HealthFacts): PartHealth {
  const parts = facts.objects.filter(
    ({ id, stage }) => stage === 'routing' && (id.kind === 'Service' || id.kind.endsWith('WebhookConfiguration')),
  );
  const live = parts.flatMap((part) => valueOf(part.live) ?? []).filter((object) => tagOf(object) !== undefined);
  const tags = live.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  return {
    part: 'tags',
    troubles: [
      ...headlessTags(facts, tags),
      ...tags.flatMap((tag) => astray(facts, tag)),
      ...live.filter(({ kind }) => kind === 'Service').flatMap((service) => serviceTroubles(tags, service)),
      ...validatorTroubles(facts, tags, live),
    ],
    unknown: reasonsOf(...parts.map((part) => part.live), facts.istiods, facts.services),
  };
}

/** One sentence for each revision and reason. */
function headlessTags(facts: HealthFacts, tags: readonly KubernetesObject[]): string[] {
  const found = tags.flatMap((tag) => {
    const reason = headlessReason(facts, tag);
    return reason === undefined ? [] : [{ tag: tagOf(tag) ?? '', why: `revision ${revisionOf(tag)}, ${reason}` }];
  });
  return [...Map.groupBy(found, ({ why }) => why)].map(([why, those]) => {
    const names = those.map(({ tag }) => tag).sort();
    return names.length === 1 ? `tag ${names[0]} leads to ${why}` : `tags ${names.join(', ')} lead to ${why}`;
  });
}

function headlessReason(facts: HealthFacts, tag: KubernetesObject): string | undefined {
  switch (istiodsOf(facts, revisionOf(tag))) {
    case 'ready':
    case 'unknown':
      return undefined;
    case 'not ready':
      return 'whose istiod has no ready pod: no pod starts in its namespaces';
    case 'absent':
      return isExternal(facts, tag) ? undefined : 'which has no istiod here: no pod starts in its namespaces';
  }
}

/** An istiod of another cluster has no Deployment here, only a Service without a selector. */
function isExternal(facts: HealthFacts, tag: KubernetesObject): boolean {
  const called = calledIstiods(tag);
  if (called.length === 0 || deadEndsOf(facts, tag).length > 0) return false;
  return called.every(({ name }) => selectedRevision(findService(facts, name)) === undefined);
}

/** The Services that the webhooks of a tag call must be of its revision. */
function astray(facts: HealthFacts, tag: KubernetesObject): string[] {
  return calledIstiods(tag).flatMap(({ namespace, name }) => {
    const calls = `tag ${tagOf(tag)} is of revision ${revisionOf(tag)}, and its webhook calls Service ${namespace}/${name}`;
    if (deadEndsOf(facts, tag).some(({ service, reason }) => service.name === name && reason === 'does not exist')) {
      return [`${calls}, which does not exist`];
    }
    const other = selectedRevision(findService(facts, name));
    return other === undefined || other === revisionOf(tag) ? [] : [`${calls} of revision ${other}`];
  });
}

function serviceTroubles(tags: readonly KubernetesObject[], service: KubernetesObject): string[] {
  const revision = selectedRevision(service);
  const tag = tags.find((candidate) => tagOf(candidate) === tagOf(service));
  if (tag === undefined || revision === undefined || revision === revisionOf(tag)) return [];
  return [
    `tag ${tagOf(tag)} is of revision ${revisionOf(tag)}, and its ${nameOf(service)} selects revision ${revision}`,
  ];
}

/** What names no revision is validated by the istiod that serves it. */
function validatorTroubles(
  facts: HealthFacts,
  tags: readonly KubernetesObject[],
  live: readonly KubernetesObject[],
): string[] {
  const tag = tags.find((candidate) => tagOf(candidate) === 'default');
  const validator = live.find(({ metadata }) => metadata.name === defaultValidatorName);
  if (tag === undefined || validator === undefined) return [];
  const revision = revisionOf(tag);
  return calledIstiods(validator).flatMap(({ name }) => {
    const other = selectedRevision(findService(facts, name));
    if (other === undefined || other === revision) return [];
    return [`tag default is of revision ${revision}, and ${nameOf(validator)} calls revision ${other}`];
  });
}

function findService({ services, namespace }: HealthFacts, name: string): KubernetesObject | undefined {
  return valueOf(services)?.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

function selectedRevision(service: KubernetesObject | undefined): string | undefined {
  return (service?.spec as { selector?: Record<string, string> } | undefined)?.selector?.[revisionLabel];
}

function nameOf(object: KubernetesObject): string {
  return formatObjectId(objectId(object));
}
