import { deliveryFieldManager } from '../../bundle/field-manager.ts';
import { reaches } from '../../bundle/field-set.ts';
import { type ForeignField, foreignFields } from '../../bundle/foreign-fields.ts';
import { unknownFields } from '../../bundle/known-writer.ts';
import { formatFieldPath, leadsInto, parseFieldPath } from '../../mesh/field-path.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../ports/objects.ts';
import { groupOf, objectId, objectKey } from '../../ports/objects.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { groupedNamespaces, type MeshFacts, meshNamespaces, nameOf, revisionOf } from './mesh-facts.ts';
import { webhooksOfRevision } from './webhooks.ts';

/** A second tool that writes istiod or its webhooks would undo what the upgrade does to them. */
export function foreignOwner(facts: MeshFacts): Trouble[] {
  const revision = revisionOf(facts.old);
  // What somebody has made for the revision is theirs as a whole: the check of the retirement names it.
  const delivered = new Set(
    facts.old.bundle.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))),
  );
  const istiod = facts.workloads.filter(
    ({ kind, metadata }) =>
      kind === 'Deployment' && metadata.namespace === facts.namespace && metadata.name === `istiod-${revision}`,
  );
  return [
    ...istiod.flatMap((object) => foreignersOf(object, 'spec', facts)),
    ...webhooksOfRevision(facts, revision)
      .filter((object) => delivered.has(objectKey(objectId(object))))
      .flatMap((object) => foreignersOf(object, 'webhooks', facts)),
  ];
}

function foreignersOf(object: KubernetesObject, field: 'spec' | 'webhooks', facts: MeshFacts): Trouble[] {
  const known = knownFields(facts, object);
  const managers = (object.metadata.managedFields ?? [])
    .filter((entry) => isForeign(entry) && ownsUnknown(entry, field, known))
    .map(({ manager }) => manager);
  return [...new Set(managers)].map((manager) =>
    fail(
      `"${manager}" owns fields of its ${field} beside istio-delivery`,
      `stop that tool from managing it, and give its fields up (kubectl apply --server-side with its field manager and nothing in it), or declare them in the mesh file: fields: [{kind: ${object.kind}, name: ${object.metadata.name}, path: …, owner: ${manager}, reason: …}]`,
      nameOf(object),
    ),
  );
}

/** What others own of an object, by the mesh file of either side and by the table of those that are well known. */
function knownFields({ old, new: next }: MeshFacts, object: KubernetesObject): ForeignField[] {
  const declared = [...(old.manifest.fields ?? []), ...(next.manifest.fields ?? [])];
  return foreignFields({ object, live: object, scaled: true, declared });
}

/** Status and scale are subresources that controllers and people write without managing the object. */
function isForeign({ manager, subresource }: ManagedFieldsEntry): boolean {
  return subresource === undefined && !isOurs(manager);
}

function isOurs(manager: string): boolean {
  return manager === deliveryFieldManager || manager.startsWith(`${deliveryFieldManager}-`);
}

/** `kubectl rollout restart` leaves an annotation in the template behind, and manages nothing. */
const restart = '.spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]';

function ownsUnknown(
  { manager, fieldsV1 = {} }: ManagedFieldsEntry,
  field: 'spec' | 'webhooks',
  known: readonly ForeignField[],
): boolean {
  const set = { [`f:${field}`]: fieldsV1[`f:${field}`] };
  if (set[`f:${field}`] === undefined) return false;
  return unknownFields(set, manager, known).some((steps) => formatFieldPath(steps) !== restart);
}

interface ScaleTarget {
  scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string };
}

/**
 * Whoever applies `replicas` beside an autoscaler sets the workload back each time; during a move that loses pods.
 * Our own promotions follow the autoscaler.
 */
export function autoscaledReplicas(facts: MeshFacts): Trouble[] {
  const watched = meshNamespaces(facts);
  for (const { namespace } of groupedNamespaces(facts)) watched.add(namespace.metadata.name);
  return facts.autoscalers
    .filter(({ metadata }) => watched.has(metadata.namespace ?? ''))
    .flatMap((autoscaler) => {
      const { scaleTargetRef: target = {} } = (autoscaler.spec ?? {}) as ScaleTarget;
      const workload = facts.workloads.find(
        ({ apiVersion, kind, metadata }) =>
          kind === target.kind &&
          groupOf(apiVersion) === groupOf(target.apiVersion ?? '') &&
          metadata.name === target.name &&
          metadata.namespace === autoscaler.metadata.namespace,
      );
      return workload ? replicasAppliers(workload, autoscaler, facts) : [];
    });
}

function replicasAppliers(workload: KubernetesObject, autoscaler: KubernetesObject, facts: MeshFacts): Trouble[] {
  const known = knownFields(facts, workload);
  const replicas = parseFieldPath('.spec.replicas') ?? [];
  return (workload.metadata.managedFields ?? [])
    .filter(
      ({ manager, operation, subresource, fieldsV1 }) =>
        !isOurs(manager) &&
        operation === 'Apply' &&
        subresource === undefined &&
        reaches(fieldsV1 ?? {}, replicas) &&
        !known.some(({ owners, steps }) => owners.includes(manager) && leadsInto(steps, replicas)),
    )
    .map(({ manager }) =>
      warn(
        `"${manager}" applies spec.replicas, and ${nameOf(autoscaler)} scales it`,
        'take replicas out of what that tool applies',
        nameOf(workload),
      ),
    );
}
