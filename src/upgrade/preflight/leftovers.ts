import { revisionLabel, tagLabel } from '../../bundle/labels.ts';
import { isIstioWebhook } from '../../plan/istio-in-cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { objectId, objectKey } from '../../ports/objects.ts';
import { calledServices } from '../istio-webhooks.ts';
import { fail, note, type Trouble } from './finding.ts';
import { type MeshFacts, nameOf, revisionOf } from './mesh-facts.ts';
import { serviceExists, webhooksOfRevision } from './webhooks.ts';

/** What an aborted upgrade, or somebody else, has left of the new revision; and webhooks that point at nothing. */
export function leftovers(facts: MeshFacts): Trouble[] {
  const revision = revisionOf(facts.new);
  const ours = ownKeys(facts);
  const here = [...facts.workloads, ...facts.services, ...facts.configMaps].filter(
    ({ metadata }) => metadata.namespace === facts.namespace,
  );
  const found = [...here, ...facts.webhooks].filter(
    (object) => object.metadata.labels?.[revisionLabel] === revision && !ours.has(objectKey(objectId(object))),
  );
  return [
    ...found.map((object) =>
      fail(
        `it is of revision ${revision}${tagOf(object)} already, and nothing in the inventory tells of it`,
        'delete it, or take another name for the new revision',
        nameOf(object),
      ),
    ),
    ...strayTags(facts, ours),
    ...dangling(facts, new Set(found)),
  ];
}

/** What the inventory tells of, and what the mesh's label and the bundle tell of where the inventory was lost. */
function ownKeys({ inventory, labelled, new: { bundle } }: MeshFacts): ReadonlySet<string> {
  const coming = new Set(bundle.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))));
  const keys = labelled.map((object) => objectKey(objectId(object))).filter((key) => coming.has(key));
  return new Set([...inventory.map(({ id }) => objectKey(id)), ...keys]);
}

/** A tag of the mesh that was moved by hand, or by an upgrade that nobody finished. */
function strayTags(facts: MeshFacts, ours: ReadonlySet<string>): Trouble[] {
  const running = revisionOf(facts.old);
  const coming = revisionOf(facts.new);
  return facts.webhooks.flatMap((configuration) => {
    const { [tagLabel]: tag, [revisionLabel]: revision } = configuration.metadata.labels ?? {};
    if (tag === undefined || revision === running || !ours.has(objectKey(objectId(configuration)))) return [];
    if (revision === coming) {
      return [
        note(
          `the tag "${tag}" points to revision ${coming} already: an upgrade to it was begun before, and this one goes on from there`,
          'none needed',
          nameOf(configuration),
        ),
      ];
    }
    return [
      fail(
        `the tag "${tag}" points to revision ${revision}, and the mesh runs ${running}`,
        `move it back (istioctl tag set ${tag} --revision ${running} --overwrite), or promote the bundle of ${revision}`,
        nameOf(configuration),
      ),
    ];
  });
}

/** The webhooks of the running revision have a check of their own. */
function dangling(facts: MeshFacts, reported: Set<KubernetesObject>): Trouble[] {
  const running = new Set(webhooksOfRevision(facts, revisionOf(facts.old)));
  return facts.webhooks
    .filter((each) => isIstioWebhook(each) && !running.has(each) && !reported.has(each))
    .flatMap((configuration) =>
      calledServices(configuration)
        .filter((service) => !serviceExists(facts, service))
        .map(({ name, namespace }) =>
          fail(
            `it points to Service ${namespace}/${name}, which does not exist: what it is asked about is refused or unchecked`,
            'delete it',
            nameOf(configuration),
          ),
        ),
    );
}

function tagOf({ metadata }: KubernetesObject): string {
  const tag = metadata.labels?.[tagLabel];
  return tag === undefined ? '' : ` (tag "${tag}")`;
}
