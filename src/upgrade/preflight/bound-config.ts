import { revisionLabel, tagLabel } from '../../bundle/labels.ts';
import { groupOf, type KubernetesObject, objectId, objectKey } from '../../ports/objects.ts';
import { fail, note, type Trouble, warn } from './finding.ts';
import {
  type MeshFacts,
  meshNamespaces,
  meshTags,
  movingWorkloads,
  nameOf,
  revisionOf,
  stageObjects,
} from './mesh-facts.ts';

/**
 * An Istio object that names a revision is read by that revision alone, and its istiod compares the name with its own:
 * what moves to another revision loses it, and one that names a tag is read by nobody.
 */
export function boundConfig(facts: MeshFacts): Trouble[] {
  const live = new Map(facts.boundConfig.map((object) => [objectKey(objectId(object)), object]));
  const coming = stageObjects(facts.new, 'config');
  const later = coming.filter(
    (object) => boundTo(object) === revisionOf(facts.old) && !live.has(objectKey(objectId(object))),
  );
  return [
    ...facts.boundConfig.flatMap((object) => liveTrouble(facts, object)),
    ...later.map((object) =>
      warn(
        `only revision ${revisionOf(facts.old)} would read it, and the new bundle brings it: nothing that has moved does`,
        `let the mesh's config have one for revision ${revisionOf(facts.new)} in its place`,
        nameOf(object),
      ),
    ),
  ];
}

function liveTrouble(facts: MeshFacts, object: KubernetesObject): Trouble[] {
  const revision = boundTo(object);
  if (revision === undefined || revision === revisionOf(facts.new)) return [];
  if (revision === revisionOf(facts.old)) return lostTrouble(facts, object);
  return unreadTrouble(facts, object, revision);
}

/** What the source revision alone reads, and what becomes of it when the workloads move. */
function lostTrouble(facts: MeshFacts, object: KubernetesObject): Trouble[] {
  const [from, to] = [revisionOf(facts.old), revisionOf(facts.new)];
  const name = nameOf(object);
  const isThis = (other: KubernetesObject) => objectKey(objectId(other)) === objectKey(objectId(object));
  const next = stageObjects(facts.new, 'config').find(isThis);
  if (next && boundTo(next) === undefined) return [];
  if (next && boundTo(next) === to) {
    return [
      fail(
        `the new bundle binds it to revision ${to}: from the step config on, the workloads that are still on ${from} lose it`,
        `give the one for ${to} a name of its own, and keep both until the upgrade is finished`,
        name,
      ),
    ];
  }
  if (hasCounterpart(facts, object)) return [];
  if (!next && stageObjects(facts.old, 'config').some(isThis)) {
    return [
      warn(
        `only revision ${from} reads it, and the new bundle has none in its place: what moves to ${to} is without it`,
        'see that this is meant; it is deleted when the upgrade is finished',
        name,
      ),
    ];
  }
  const cure = `bind one of the same kind to ${to} beside it, or take its label ${revisionLabel} away`;
  return reachesMoving(facts, object)
    ? [fail(`only revision ${from} reads it: what moves to ${to} loses it`, cure, name)]
    : [warn(`only revision ${from} reads it, and no workload that moves is in its namespace`, cure, name)];
}

/** One of the same kind and namespace is for the target revision, in the cluster or in the new bundle. */
function hasCounterpart({ new: next, boundConfig: live }: MeshFacts, object: KubernetesObject): boolean {
  const to = revisionOf(next);
  return [...live, ...stageObjects(next, 'config')].some(
    (other) =>
      boundTo(other) === to &&
      other.kind === object.kind &&
      groupOf(other.apiVersion) === groupOf(object.apiVersion) &&
      other.metadata.namespace === object.metadata.namespace,
  );
}

function unreadTrouble(facts: MeshFacts, object: KubernetesObject, revision: string): Trouble[] {
  if (meshTags(facts).has(revision)) {
    return [
      warn(
        `it is labelled with the tag "${revision}", which no istiod takes for its own: nobody reads it, and nobody validates it`,
        `take its label ${revisionLabel} away, or bind it to a revision`,
        nameOf(object),
      ),
    ];
  }
  const isOthers = facts.webhooks.some(
    ({ metadata: { labels = {} } }) => labels[revisionLabel] === revision && labels[tagLabel] === undefined,
  );
  if (isOthers) return [];
  return [
    note(
      `it is for revision "${revision}", which is not in this cluster: nobody reads it`,
      'delete it, or bind it to a revision',
      nameOf(object),
    ),
  ];
}

/** Kinds that mean only the workloads of their own namespace; those of the root namespace mean all. */
const ownNamespaceOnly = new Set([
  'AuthorizationPolicy',
  'EnvoyFilter',
  'ProxyConfig',
  'RequestAuthentication',
  'Sidecar',
  'Telemetry',
  'TrafficExtension',
  'WasmPlugin',
]);

/** Whether anything that moves would notice; what others call is noticed everywhere. */
function reachesMoving(facts: MeshFacts, { kind, metadata: { namespace = '' } }: KubernetesObject): boolean {
  if (!ownNamespaceOnly.has(kind) || meshNamespaces(facts).has(namespace)) return true;
  return movingWorkloads(facts).some(({ object }) => object.metadata.namespace === namespace);
}

function boundTo({ metadata }: KubernetesObject): string | undefined {
  return metadata.labels?.[revisionLabel];
}
