import { injectionLabel, revisionLabel } from '../../bundle/labels.ts';
import { kubernetesMinor } from '../../cluster/kubernetes-minor.ts';
import { count } from '../../plan/report/words.ts';
import type { RehearsedNamespace } from '../rehearsed-namespaces.ts';
import type { Answer, ClusterFacts } from './cluster-facts.ts';
import { bringsCa, line, type NotReproduced, nodesText, type ReproductionFacts, some } from './reproduction.ts';

/** How the rehearsal's cluster differs from an environment that was asked. */
export function differences(environment: ClusterFacts, facts: ReproductionFacts): NotReproduced[] {
  const { rehearsal } = facts;
  return [
    ...line('Kubernetes version', otherKubernetes(environment.kubernetes, rehearsal.kubernetes)),
    ...line('CA', authority(environment.root, facts)),
    ...line('labels of namespaces, Pod Security', underived(environment, facts)),
    ...line('NetworkPolicies', policies(environment.networkPolicies, facts)),
    ...line("pods' network (CNI)", network(environment.networks, facts)),
    ...line('nodes', nodes(environment.nodes, rehearsal.nodes)),
    ...line('admission webhooks', webhooks(environment.webhooks, facts)),
  ];
}

/** How the two differ in their versions of Kubernetes; undefined where they are of one minor. */
export function otherKubernetes(environment: string, rehearsal: string): string | undefined {
  const wanted = kubernetesMinor(environment);
  if (wanted === kubernetesMinor(rehearsal)) return undefined;
  return `the environment runs ${environment}, the rehearsal ${rehearsal}; node-image takes a node image of ${wanted}`;
}

/** istiod's own root has the trust domain for its name, and nothing else. */
const ofIstiod = /^O=[^,=]+$/;

function authority(root: ClusterFacts['root'], { objects }: ReproductionFacts): string | undefined {
  if (bringsCa(objects)) return undefined;
  if (root.kind === 'unknown')
    return `istiod signs with a CA of its own; that of the environment is not known (${root.why})`;
  if (root.value === undefined)
    return 'istiod signs with a CA of its own; a Secret cacerts of the environment is not here';
  if (ofIstiod.test(root.value)) return undefined;
  return `istiod signs with a CA of its own; proxies of the environment trust ${root.value}`;
}

function underived({ namespaces: live }: ClusterFacts, { namespaces }: ReproductionFacts): string | undefined {
  const names = namespaces.map(({ name }) => name);
  const unread = names.filter((name) => live[name]?.kind === 'unknown');
  const absent = names.filter((name) => {
    const found = live[name];
    return found?.kind === 'known' && found.value === 'absent';
  });
  const retagged = namespaces.filter((made) => isRetagged(made, live[made.name])).map(({ name }) => name);
  const derived = [
    ...(unread.length > 0 ? [`those of ${some(unread)} could not be read`] : []),
    ...(absent.length > 0 ? [`the environment has no ${some(absent)} yet`] : []),
  ];
  const parts = [
    ...(derived.length > 0 ? [`${derived.join(', and ')}: they have what groups and discovery selectors ask for`] : []),
    ...(retagged.length > 0 ? [`${some(retagged)} has the tag of its group here already, and comes to it there`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** Whether the namespace is injected there by a revision or by istio-injection, and here by its group's tag. */
function isRetagged({ labels }: RehearsedNamespace, found: ClusterFacts['namespaces'][string] | undefined): boolean {
  if (found?.kind !== 'known' || found.value === 'absent') return false;
  const { [revisionLabel]: revision, [injectionLabel]: injection } = found.value.labels;
  const tag = labels[revisionLabel];
  return (tag !== undefined && revision !== tag) || (injection !== undefined && labels[injectionLabel] === undefined);
}

function policies(
  answer: ClusterFacts['networkPolicies'],
  { namespaces, objects }: ReproductionFacts,
): string | undefined {
  if (answer.kind === 'unknown') return unknown(answer);
  const here = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const { name } of namespaces) here.add(name);
  const brought = new Set(
    objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  const missing = answer.value.filter(
    ({ namespace, name }) => here.has(namespace) && !brought.has(`${namespace}/${name}`),
  );
  if (missing.length === 0) return undefined;
  const where = some([...new Set(missing.map(({ namespace }) => namespace))].sort());
  return `the environment has ${missing.length} in ${where} that nothing brings along`;
}

function network(answer: ClusterFacts['networks'], { rehearsal, objects }: ReproductionFacts): string | undefined {
  if (answer.kind === 'unknown') return unknown(answer);
  const here = rehearsal.networks.kind === 'known' ? rehearsal.networks.value : [];
  const bringsCni = objects.some(({ kind, metadata }) => kind === 'DaemonSet' && /^istio-cni-node/.test(metadata.name));
  const has = new Set([...here, ...(bringsCni ? ['istio-cni'] : [])]);
  const missing = answer.value.filter((name) => !has.has(name));
  if (missing.length === 0) return undefined;
  return `the environment has ${missing.join(' and ')}, the rehearsal ${[...has].join(' and ') || 'a network of its own'}`;
}

function nodes(there: ClusterFacts['nodes'], here: ClusterFacts['nodes']): string | undefined {
  if (there.kind === 'unknown') return unknown(there);
  if (here.kind === 'unknown') return `the environment has ${nodesText(there.value)}`;
  const [left, right] = [nodesText(there.value), nodesText(here.value)];
  return left === right ? undefined : `the environment has ${left}, the rehearsal ${right}`;
}

function webhooks(answer: ClusterFacts['webhooks'], { rehearsal, objects }: ReproductionFacts): string | undefined {
  if (answer.kind === 'unknown') return unknown(answer);
  const here = new Set([
    ...(rehearsal.webhooks.kind === 'known' ? rehearsal.webhooks.value : []),
    ...objects.filter(({ kind }) => kind.endsWith('WebhookConfiguration')).map(({ metadata }) => metadata.name),
  ]);
  const missing = answer.value.filter((name) => !here.has(name));
  return missing.length === 0
    ? undefined
    : `the environment has ${count(missing.length, 'configuration')} of others: ${some(missing)}`;
}

function unknown({ why }: Extract<Answer<unknown>, { kind: 'unknown' }>): string {
  return `not known: ${why}`;
}
