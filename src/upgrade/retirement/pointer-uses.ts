import { revisionLabel } from '../../bundle/labels.ts';
import { tagOf } from '../../plan/istio-in-cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { calledServices } from '../istio-webhooks.ts';
import type { RevisionFacts } from './revision-facts.ts';
import { isNodeAgent, type LeavingRevision, leaves, type RevisionUse } from './revision-use.ts';

/** Tags, webhooks, Services and node agents that point at the revision. */
export function pointerUses(facts: RevisionFacts, leaving: LeavingRevision): RevisionUse[] {
  const stays = (object: KubernetesObject) => !leaves(leaving, objectId(object));
  const calls = callsRevision(facts, leaving.revision);
  const tags = facts.mutating.filter(
    (object) => tagOf(object) !== undefined && stays(object) && (isLabelled(object, leaving.revision) || calls(object)),
  );
  const moved = new Set(tags.map(tagOf));
  return [
    ...tags.map((tag) => tagUse(tag, leaving.revision)),
    ...[...facts.mutating.filter((object) => tagOf(object) === undefined), ...facts.validating]
      .filter((object) => stays(object) && calls(object))
      .map((object) => webhookUse(object, leaving.revision)),
    // The Service of a tag that is listed needs no line of its own.
    ...facts.services
      .filter((service) => stays(service) && !moved.has(tagOf(service) ?? ''))
      .flatMap((service) => serviceUse(service, facts.namespace, leaving.revision)),
    ...facts.templates
      .filter((object) => isNodeAgent(object, leaving.revision) && stays(object))
      .map((object) => nodeAgentUse(object, leaving.revision)),
  ];
}

/** A webhook calls the revision through a Service of that name, or through any that selects its istiods. */
function callsRevision({ services, namespace }: RevisionFacts, revision: string) {
  const names = services
    .filter((service) => service.metadata.namespace === namespace && selectorOf(service)[revisionLabel] === revision)
    .map(({ metadata }) => metadata.name);
  const ofRevision = new Set([...names, revision === 'default' ? 'istiod' : `istiod-${revision}`]);
  return (configuration: KubernetesObject) =>
    calledServices(configuration).some((called) => called.namespace === namespace && ofRevision.has(called.name));
}

function tagUse(configuration: KubernetesObject, revision: string): RevisionUse {
  return {
    proof: 'tags',
    object: `tag ${tagOf(configuration)}`,
    reason: isLabelled(configuration, revision)
      ? `points at revision ${revision}`
      : `has a webhook that calls revision ${revision}`,
    cure: 'point it at a revision that stays',
  };
}

function webhookUse(configuration: KubernetesObject, revision: string): RevisionUse {
  const ofTag = tagOf(configuration) !== undefined;
  return {
    proof: 'webhooks',
    object: formatObjectId(objectId(configuration)),
    reason: `calls the istiod of revision ${revision}`,
    cure: ofTag ? 'point it at the revision of its tag' : 'point it at a revision that stays, or delete it',
  };
}

function serviceUse(service: KubernetesObject, namespace: string, revision: string): RevisionUse[] {
  const object = formatObjectId(objectId(service));
  if (selectorOf(service)[revisionLabel] === revision) {
    const reason = `selects pods of revision ${revision}`;
    return [{ proof: 'services', object, reason, cure: 'point its selector at a revision that stays' }];
  }
  // Without a selector it stands for a control plane elsewhere.
  const external = service.metadata.namespace === namespace && Object.keys(selectorOf(service)).length === 0;
  if (!external || !isLabelled(service, revision)) return [];
  const reason = `stands for an istiod of revision ${revision} in another cluster`;
  return [{ proof: 'remote-clusters', object, reason, cure: 'delete it when no proxy of this cluster asks for it' }];
}

function nodeAgentUse(daemonSet: KubernetesObject, revision: string): RevisionUse {
  return {
    proof: 'node-agents',
    object: formatObjectId(objectId(daemonSet)),
    reason: `is annotated for revision ${revision}`,
    cure: 'upgrade it to a revision that stays',
  };
}

function isLabelled({ metadata }: KubernetesObject, revision: string): boolean {
  return metadata.labels?.[revisionLabel] === revision;
}

function selectorOf({ spec }: KubernetesObject): Record<string, string> {
  return (spec as { selector?: Record<string, string> } | undefined)?.selector ?? {};
}
