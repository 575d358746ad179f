import { injectionLabel, revisionLabel } from '../../bundle/labels.ts';
import type { GroupPolicy } from '../../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { isMadeForGateway } from '../gateways/istio-gateway.ts';
import { proxyRevision } from '../workloads/proxy-pod.ts';
import { fail, note, type Trouble } from './finding.ts';
import {
  allWorkloads,
  groupedNamespaces,
  type MeshFacts,
  meshNamespaces,
  meshTags,
  nameOf,
  revisionOf,
} from './mesh-facts.ts';

/** Istio's webhooks look at a namespace with istio-injection for nothing else. */
export function injectionLabels(facts: MeshFacts): Trouble[] {
  return groupedNamespaces(facts).flatMap(({ group, namespace }) => {
    const value = namespace.metadata.labels?.[injectionLabel];
    const name = nameOf(namespace);
    if (value === undefined) return [];
    if (value !== 'enabled') {
      return [
        fail(
          `it has ${injectionLabel}=${value}, which keeps every proxy away whatever ${revisionLabel} says`,
          `take the label away, or the namespace out of group "${group.name}"`,
          name,
        ),
      ];
    }
    return [misplaced(`it has ${injectionLabel}=${value}, which wins over ${revisionLabel}`, group, namespace)];
  });
}

/** A namespace that carries something else than its group's tag would not move with its group. */
export function revisionLabels(facts: MeshFacts): Trouble[] {
  const groupsOf = Map.groupBy(groupedNamespaces(facts), ({ namespace }) => namespace.metadata.name);
  return [...groupsOf.values()].flatMap((places) =>
    places.flatMap(({ group, namespace }, index) => {
      const value = namespace.metadata.labels?.[revisionLabel];
      if (places.length > 1) return index === 0 ? [inTwoGroups(namespace, places)] : [];
      if (value === group.tag) return [];
      // Such a namespace is named by the check of that label.
      if (value === undefined && namespace.metadata.labels?.[injectionLabel] !== undefined) return [];
      const what = value === undefined ? `it has no label ${revisionLabel}` : `it has ${revisionLabel}=${value}`;
      return [misplaced(`${what}, and its group the tag "${group.tag}"`, group, namespace)];
    }),
  );
}

function misplaced(reason: string, { tag, label, name }: GroupPolicy, namespace: KubernetesObject): Trouble {
  if (label === 'managed') {
    return note(`${reason}; it will be brought to tag "${tag}"`, 'none needed', nameOf(namespace));
  }
  return fail(
    `${reason}; the label is its owner's, as group "${name}" says`,
    `let its owner take ${injectionLabel} away and set ${revisionLabel}=${tag}`,
    nameOf(namespace),
  );
}

function inTwoGroups(namespace: KubernetesObject, places: { group: GroupPolicy }[]): Trouble {
  const names = places.map(({ group }) => `"${group.name}"`).join(' and ');
  const value = namespace.metadata.labels?.[revisionLabel];
  return fail(
    `it belongs to groups ${names}: one names it, and it carries the other's tag "${value}"`,
    'name it in the group whose tag it carries, or change its label',
    nameOf(namespace),
  );
}

/** What uses the old revision and is in no group would keep it from being retired for ever. */
export function unassigned(facts: MeshFacts): Trouble[] {
  const known = meshNamespaces(facts);
  for (const { namespace } of groupedNamespaces(facts)) known.add(namespace.metadata.name);
  const old = revisionOf(facts.old);
  const tags = meshTags(facts);
  // The pods of a gateway that istiod makes move with the tag of the Gateway API.
  const ofGateways = new Set(allWorkloads(facts).flatMap(({ object, pods }) => (isMadeForGateway(object) ? pods : [])));
  const proxies = Map.groupBy(
    facts.pods.filter((pod) => proxyRevision(pod) === old && !ofGateways.has(pod)),
    ({ metadata }) => metadata.namespace,
  );
  return facts.namespaces
    .filter(({ metadata }) => !known.has(metadata.name))
    .flatMap((namespace) => {
      const { labels = {}, name } = namespace.metadata;
      const tag = labels[revisionLabel];
      const uses = [
        ...(proxies.has(name) ? [`${proxies.get(name)?.length} of its pods have proxies of revision ${old}`] : []),
        ...(tag === old ? [`it is labelled ${revisionLabel}=${old}`] : []),
        // The Gateways that take the tag of the Gateway API from their namespace move with it; what else is here is a pod.
        ...(tag !== undefined && tag !== facts.policy.gatewayApiTag && tags.has(tag)
          ? [`it carries the tag "${tag}", which belongs to no group`]
          : []),
        ...(labels[injectionLabel] === 'enabled' ? [`it is labelled ${injectionLabel}=enabled`] : []),
      ];
      if (uses.length === 0) return [];
      return [
        fail(
          `it is in no group, and ${uses.join(', and ')}: the old revision could never be retired`,
          'put it into a group of the mesh file, or take it out of the mesh',
          nameOf(namespace),
        ),
      ];
    });
}
