import { revisionLabel } from '../../bundle/labels.ts';
import { standingOf } from '../../plan/prune.ts';
import { type KubernetesObject, objectId, objectKey } from '../../ports/objects.ts';
import { isMadeForGateway, istioGateways } from '../gateways/istio-gateway.ts';
import { usesIn } from '../retirement/prove-unused.ts';
import { retiredObjects } from '../retirement/retired-objects.ts';
import type { RevisionFacts } from '../retirement/revision-facts.ts';
import type { RevisionUse } from '../retirement/revision-use.ts';
import { podTemplate } from '../workloads/workload.ts';
import { fail, type Trouble, warn } from './finding.ts';
import {
  allWorkloads,
  type GroupWorkload,
  groupWorkloads,
  type MeshFacts,
  meshNamespaces,
  nameOf,
  revisionOf,
} from './mesh-facts.ts';

/**
 * What would still use the old revision when it is to be retired, by the proofs of the retirement itself: they look at
 * the cluster as the steps of the upgrade will leave it.
 */
export function heldRevision(facts: MeshFacts): Trouble[] {
  const revision = revisionOf(facts.old);
  const uses = usesIn(factsAfter(facts), { revision, leaving: leavingKeys(facts) });
  const groups = new Set(groupWorkloads(facts).map(({ object }) => object.metadata.namespace));
  return uses.map((use) => {
    const reason = `it ${use.reason}, and no step of the upgrade changes that: revision ${revision} could not be retired`;
    return (isOwnersToEnd(use, groups) ? warn : fail)(reason, use.cure, use.object);
  });
}

/** What ends by itself, and what the move lists for its owner, may be there for the time of the upgrade. */
function isOwnersToEnd({ proof, object }: RevisionUse, groups: ReadonlySet<string | undefined>): boolean {
  if (proof === 'proxies' || proof === 'remote-clusters' || proof === 'node-agents') return true;
  const [kind, path = ''] = object.split(' ');
  return (
    kind === 'Job' || (proof === 'pods' && (kind === 'Pod' || kind === 'CronJob' || groups.has(path.split('/')[0])))
  );
}

/** Keys of what the retirement deletes: what only the old bundle has, and is still ours. */
function leavingKeys({ old, new: next, inventory, workloads, services, webhooks }: MeshFacts): Set<string> {
  const entries = new Map(inventory.map((entry) => [objectKey(entry.id), entry]));
  const live = new Map([...workloads, ...services, ...webhooks].map((object) => [objectKey(objectId(object)), object]));
  const ids = retiredObjects(old.bundle, next.bundle).flatMap(({ ids }) => ids);
  return new Set(
    ids.map(objectKey).filter((key) => {
      const entry = entries.get(key);
      return entry !== undefined && standingOf(live.get(key), entry, old.manifest.mesh).kind !== 'not ours';
    }),
  );
}

/** The cluster as the steps before the retirement leave it, without what other checks judge. */
function factsAfter(facts: MeshFacts): RevisionFacts {
  const mesh = meshNamespaces(facts);
  const grouped = groupWorkloads(facts);
  const judged = new Set(grouped.map(({ object }) => object));
  const groups = new Set(grouped.map(({ object }) => object.metadata.namespace));
  const coming = comingObjects(facts);
  const after = (object: KubernetesObject) => coming.get(objectKey(objectId(object))) ?? object;
  const moved = new Set([
    ...grouped.filter((workload) => isJudged(workload, facts)).flatMap(({ pods }) => pods),
    ...allWorkloads(facts).flatMap(({ object, pods }) => (isMadeForGateway(object) ? pods : [])),
  ]);
  const isHere = ({ metadata }: KubernetesObject) =>
    mesh.has(metadata.namespace ?? '') || groups.has(metadata.namespace);
  const webhooks = facts.webhooks.map(after);
  return {
    namespace: facts.namespace,
    pods: facts.pods.filter((pod) => isHere(pod) && !moved.has(pod)),
    replicaSets: [...facts.replicaSets],
    namespaces: facts.namespaces.filter(({ metadata }) => mesh.has(metadata.name)),
    templates: [...facts.workloads.filter((object) => !judged.has(object)).map(after), ...facts.jobs],
    gateways: withoutIstios(facts),
    mutating: webhooks.filter(({ kind }) => kind === 'MutatingWebhookConfiguration'),
    validating: webhooks.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration'),
    services: facts.services.map(after),
    connected: facts.connected,
    remoteClusters: [...facts.remoteClusters],
  };
}

/** Whether the move brings its pods to the new revision, or a check of its own says why not. */
function isJudged({ object, move }: GroupWorkload, { old }: MeshFacts): boolean {
  if (move.kind === 'roll' || podTemplate(object).labels[revisionLabel] === revisionOf(old)) return true;
  return move.kind === 'skip' && (move.why === 'gateway' || move.why === 'standstill');
}

function comingObjects({ new: next }: MeshFacts): Map<string, KubernetesObject> {
  return new Map(
    next.bundle.stages.flatMap(({ objects }) => objects.map((object) => [objectKey(objectId(object)), object])),
  );
}

/** Those of Istio have checks of their own. */
function withoutIstios({ gateways, gatewayClasses }: MeshFacts): KubernetesObject[] {
  const ofIstio = new Set(istioGateways(gateways, gatewayClasses));
  return gateways.filter((gateway) => !ofIstio.has(gateway));
}

/** What controllers make for an object carries its labels, and goes with it. */
function isMadeFor({ metadata }: KubernetesObject): boolean {
  return ((metadata['ownerReferences'] ?? []) as unknown[]).length > 0;
}

/** Objects with the mesh's label that neither bundle has: what was taken out of the mesh file and never went. */
export function forgotten({ old, new: next, labelled }: MeshFacts): Trouble[] {
  const known = new Set(
    [old, next].flatMap(({ bundle }) =>
      bundle.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))),
    ),
  );
  return labelled
    .filter((object) => !known.has(objectKey(objectId(object))) && !isMadeFor(object))
    .map((object) =>
      warn(
        `it carries the label of mesh ${old.manifest.mesh}, and neither bundle has it: no promotion and no upgrade changes or removes it`,
        'delete it where nothing uses it',
        nameOf(object),
      ),
    );
}
