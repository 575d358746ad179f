import { deliveryFieldManager } from '../../bundle/field-manager.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../ports/objects.ts';
import { groupOf } from '../../ports/objects.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { groupedNamespaces, type MeshFacts, meshNamespaces, nameOf, revisionOf } from './mesh-facts.ts';
import { webhooksOfRevision } from './webhooks.ts';

/** Controllers that write to Istio's objects as a part of their work. */
const controllers = ['kube-controller-manager', 'pilot-discovery'];

/** A second tool that writes istiod or its webhooks would undo what the upgrade does to them. */
export function foreignOwner(facts: MeshFacts): Trouble[] {
  const revision = revisionOf(facts.old);
  const istiod = facts.workloads.filter(
    ({ kind, metadata }) =>
      kind === 'Deployment' && metadata.namespace === facts.namespace && metadata.name === `istiod-${revision}`,
  );
  return [
    ...istiod.flatMap((object) => foreignersOf(object, 'spec')),
    ...webhooksOfRevision(facts, revision).flatMap((object) => foreignersOf(object, 'webhooks')),
  ];
}

function foreignersOf(object: KubernetesObject, field: 'spec' | 'webhooks'): Trouble[] {
  const managers = (object.metadata.managedFields ?? [])
    .filter((entry) => isForeign(entry) && ownsMoreThanARestart(entry.fieldsV1?.[`f:${field}`]))
    .map(({ manager }) => manager);
  return [...new Set(managers)].map((manager) =>
    fail(
      `"${manager}" owns fields of its ${field} beside istio-delivery`,
      'stop that tool from managing it, and give its fields up (kubectl apply --server-side with its field manager and nothing in it)',
      nameOf(object),
    ),
  );
}

/** Status and scale are subresources that controllers and people write without managing the object. */
function isForeign({ manager, subresource }: ManagedFieldsEntry): boolean {
  return subresource === undefined && !isOurs(manager) && !controllers.includes(manager);
}

function isOurs(manager: string): boolean {
  return manager === deliveryFieldManager || manager.startsWith(`${deliveryFieldManager}-`);
}

/** `kubectl rollout restart` leaves an annotation in the template behind, and manages nothing. */
function ownsMoreThanARestart(fields: unknown): boolean {
  if (fields === undefined) return false;
  const restart = 'f:kubectl.kubernetes.io/restartedAt';
  return leaves(fields).some((path) => path.at(-1) !== restart);
}

function leaves(fields: unknown, path: string[] = []): string[][] {
  const entries = Object.entries((fields ?? {}) as Record<string, unknown>).filter(([key]) => key !== '.');
  return entries.length === 0 ? [path] : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
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
      return workload ? replicasAppliers(workload, autoscaler) : [];
    });
}

function replicasAppliers(workload: KubernetesObject, autoscaler: KubernetesObject): Trouble[] {
  return (workload.metadata.managedFields ?? [])
    .filter(
      ({ manager, operation, subresource, fieldsV1 }) =>
        !isOurs(manager) &&
        operation === 'Apply' &&
        subresource === undefined &&
        (fieldsV1?.['f:spec'] as Record<string, unknown> | undefined)?.['f:replicas'] !== undefined,
    )
    .map(({ manager }) =>
      warn(
        `"${manager}" applies spec.replicas, and ${nameOf(autoscaler)} scales it`,
        'take replicas out of what that tool applies',
        nameOf(workload),
      ),
    );
}
