import type { ClusterBundle } from '../bundle/bundle.ts';
import { injectionLabel, revisionLabel } from '../bundle/labels.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ClusterFacts } from './copies/cluster-facts.ts';
import { copiedAnnotations, copiedLabels } from './copies/copied-labels.ts';
import { discoverySelectorsOf, labelsToBeSeen } from './discovery-labels.ts';

/** A namespace that the rehearsal makes, with the labels that the bundle does not bring. */
export interface RehearsedNamespace {
  name: string;
  labels: Record<string, string>;
  /** Where they are from: the environment's own namespace, or the groups and discovery selectors of the mesh file. */
  from: 'environment' | 'mesh file';
}

export interface NamespaceFacts {
  bundles: readonly ClusterBundle[];
  /** The team's own manifests. */
  workloads: readonly KubernetesObject[];
  policy: Pick<UpgradePolicy, 'groups'>;
  /** What the environment's cluster says of its namespaces; absent where it was not asked. */
  live?: ClusterFacts['namespaces'] | undefined;
  /** Namespaces that are needed beside those that objects go to. */
  needed?: readonly string[];
}

export interface RehearsedNamespaces {
  /** What is made before the first object of the bundle. */
  objects: KubernetesObject[];
  /** The team's manifests, whose namespaces have what the environment's have, too. */
  workloads: KubernetesObject[];
  made: RehearsedNamespace[];
}

/** Every namespace that objects of a rehearsal go to, apart from those of Kubernetes itself. */
export function namespaceNames({ bundles, workloads, policy: { groups } }: NamespaceFacts): string[] {
  const objects = [...objectsOf(bundles), ...workloads];
  const names = objects.flatMap(({ kind, metadata }) =>
    kind === 'Namespace' ? metadata.name : (metadata.namespace ?? []),
  );
  return [...new Set([...names, ...groups.flatMap(({ namespaces }) => namespaces)])]
    .filter((name) => !name.startsWith('kube-'))
    .sort();
}

/**
 * The namespaces of a rehearsal as their owners have made them in the real cluster: with the labels that they carry
 * there, where that can be asked, otherwise with the tag of their group and what discovery selectors ask for. Labels
 * that the bundle sets are left to it.
 */
export function rehearsedNamespaces(facts: NamespaceFacts): RehearsedNamespaces {
  const { bundles, workloads, needed = [] } = facts;
  const inUse = new Set([...objectsOf(bundles), ...workloads].flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of needed) inUse.add(name);
  const selectors = bundles.flatMap(discoverySelectorsOf);
  // What runs first sets its own; what only comes later finds what the owners have set.
  const bundled = objectsOf(bundles.slice(0, 1)).filter(isNamespace);
  const coming = objectsOf(bundles.slice(1)).filter(isNamespace);
  const all = [...new Set([...namespaceNames(facts), ...needed])].sort().flatMap((name) => {
    const own = workloads.find((object) => isNamespace(object) && object.metadata.name === name);
    const brought = bundled.find(({ metadata }) => metadata.name === name)?.metadata;
    const isComing = coming.some(({ metadata }) => metadata.name === name);
    if (!own && !brought && !isComing && !inUse.has(name)) return [];
    const { labels, annotations, from } = ownersPart(name, {
      ...facts,
      own,
      brought: brought?.labels ?? {},
      selectors,
    });
    const metadata = {
      ...own?.metadata,
      name,
      ...(isEmpty(labels) ? {} : { labels }),
      ...(isEmpty(annotations) ? {} : { annotations }),
    };
    const object: KubernetesObject = { ...(own ?? { apiVersion: 'v1', kind: 'Namespace' }), metadata };
    const isThere = name === 'default' || ((brought || isComing) && !needed.includes(name));
    if (!own && isThere && isEmpty(labels) && isEmpty(annotations)) return [];
    return [{ object, own, made: { name, labels, from } }];
  });
  return {
    objects: all.map(({ object }) => object),
    workloads: workloads.map((object) => all.find(({ own }) => own === object)?.object ?? object),
    made: all.map(({ made }) => made),
  };
}

interface OwnersFacts extends NamespaceFacts {
  own: KubernetesObject | undefined;
  /** Labels of it in the bundle that is installed. */
  brought: Record<string, string>;
  selectors: ReturnType<typeof discoverySelectorsOf>;
}

/** What the namespace's owners have put on it. */
function ownersPart(name: string, { policy, live, own, brought, selectors }: OwnersFacts) {
  const ownLabels = own?.metadata.labels ?? {};
  const ownAnnotations = own?.metadata.annotations ?? {};
  const theirs = new Set(Object.keys(brought));
  const named = policy.groups.find(({ namespaces }) => namespaces.includes(name));
  const group = named ?? policy.groups.find(({ tag }) => tag === ownLabels[revisionLabel]);
  const tag: Record<string, string> = group ? { [revisionLabel]: group.tag } : {};
  const found = live?.[name];
  if (found?.kind === 'known' && found.value !== 'absent') {
    // How a namespace of a group comes to its tag is a step of the upgrade; here it has it already.
    const leaves = new Set([...theirs, ...(named ? [revisionLabel, injectionLabel] : [])]);
    const labels = { ...copiedLabels(found.value.labels, leaves), ...(named ? tag : {}), ...ownLabels };
    const annotations = { ...copiedAnnotations(found.value.annotations), ...ownAnnotations };
    return { labels: withoutKeys(labels, theirs, ownLabels), annotations, from: 'environment' as const };
  }
  const given = { ...brought, ...tag, ...ownLabels };
  const seen = group ? (labelsToBeSeen(selectors, { name, labels: given }) ?? given) : given;
  return { labels: withoutKeys(seen, theirs, ownLabels), annotations: ownAnnotations, from: 'mesh file' as const };
}

/** Without what the bundle sets; the team's own manifest stays as it is. */
function withoutKeys(labels: Record<string, string>, keys: ReadonlySet<string>, own: Record<string, string>) {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.has(key) || key in own));
}

function objectsOf(bundles: readonly ClusterBundle[]): KubernetesObject[] {
  return bundles.flatMap(({ stages }) => stages.flatMap(({ objects }) => objects));
}

function isNamespace({ kind }: KubernetesObject): boolean {
  return kind === 'Namespace';
}

function isEmpty(mapping: Record<string, string>): boolean {
  return Object.keys(mapping).length === 0;
}
