import { count } from '../../plan/report/words.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { OverlayChange } from '../rehearsal.ts';
import type { RehearsedNamespace } from '../rehearsed-namespaces.ts';
import type { Answer, ClusterFacts } from './cluster-facts.ts';
import { minorOf } from './minor-of.ts';
import type { StandIn } from './named-secrets.ts';

/** Something of the environment that a rehearsal does not have, or not as it is there. */
export interface NotReproduced {
  what: string;
  why: string;
}

/** The environment's cluster, or why nobody asked it. */
export type AskedEnvironment = { kind: 'asked'; facts: ClusterFacts } | { kind: 'not asked'; why: string };

export interface ReproductionFacts {
  environment: AskedEnvironment;
  /** The rehearsal's cluster, while nothing is in it. */
  rehearsal: ClusterFacts;
  namespaces: readonly RehearsedNamespace[];
  standIns: readonly StandIn[];
  overlay: readonly OverlayChange[];
  /** All that is applied: bundles, prerequisites and the team's manifests. */
  objects: readonly KubernetesObject[];
}

/** What a release manager must know of what a rehearsal cannot show, most important first. */
export function notReproduced(facts: ReproductionFacts): NotReproduced[] {
  const { environment } = facts;
  const fromEnvironment =
    environment.kind === 'asked' ? ofAsked(environment.facts, facts) : ofUnasked(environment.why, facts);
  return [...fromEnvironment, ...tlsSecrets(facts), ...overlaid(facts)];
}

/** How the two differ in their versions of Kubernetes; undefined where they are of one minor. */
export function otherKubernetes(environment: string, rehearsal: string): string | undefined {
  const wanted = minorOf(environment);
  if (wanted === minorOf(rehearsal)) return undefined;
  return `the environment runs ${environment}, the rehearsal ${rehearsal}; node-image takes a node image of ${wanted}`;
}

function ofAsked(environment: ClusterFacts, facts: ReproductionFacts): NotReproduced[] {
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

/** Where nobody was asked, three sentences stand for all of it. */
function ofUnasked(why: string, { rehearsal, namespaces, objects }: ReproductionFacts): NotReproduced[] {
  return [
    {
      what: 'Kubernetes version',
      why: `the environment was not asked (${why}); the rehearsal runs ${rehearsal.kubernetes}`,
    },
    ...line(
      'CA',
      bringsCa(objects) ? undefined : 'istiod signs with a CA of its own, which is not that of the environment',
    ),
    ...line(
      'labels of namespaces, Pod Security',
      namespaces.length === 0
        ? undefined
        : 'namespaces have the tags of their groups and what discovery selectors ask for, and no other label of the environment',
    ),
    {
      what: "NetworkPolicies, pods' network (CNI), nodes, admission webhooks",
      why: `not known; the rehearsal has ${hereText(rehearsal)}`,
    },
  ];
}

function hereText({ networks, nodes: own }: ClusterFacts): string {
  const parts = [
    own.kind === 'known' ? nodesText(own.value) : 'nodes of its own',
    networks.kind === 'known' && networks.value.length > 0 ? networks.value.join(' and ') : 'a network of its own',
  ];
  return `${parts.join(', ')}, and nothing of others`;
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

function bringsCa(objects: readonly KubernetesObject[]): boolean {
  return objects.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'cacerts');
}

function underived({ namespaces: live }: ClusterFacts, { namespaces }: ReproductionFacts): string | undefined {
  const names = namespaces.map(({ name }) => name);
  const unread = names.filter((name) => live[name]?.kind === 'unknown');
  const absent = names.filter((name) => {
    const found = live[name];
    return found?.kind === 'known' && found.value === 'absent';
  });
  const parts = [
    ...(unread.length > 0 ? [`those of ${some(unread)} could not be read`] : []),
    ...(absent.length > 0 ? [`the environment has no ${some(absent)} yet`] : []),
  ];
  return parts.length === 0
    ? undefined
    : `${parts.join(', and ')}; they have what groups and discovery selectors ask for`;
}

function policies(
  answer: ClusterFacts['networkPolicies'],
  { namespaces, objects }: ReproductionFacts,
): string | undefined {
  if (answer.kind === 'unknown') return unknown(answer);
  const made = new Set(namespaces.map(({ name }) => name));
  const brought = new Set(
    objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  const missing = answer.value.filter(
    ({ namespace, name }) => made.has(namespace) && !brought.has(`${namespace}/${name}`),
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

function nodesText({ count: number, architectures }: { count: number; architectures: string[] }): string {
  return architectures.length === 0 ? count(number, 'node') : `${count(number, 'node')} (${architectures.join(', ')})`;
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

function tlsSecrets({ standIns }: ReproductionFacts): NotReproduced[] {
  if (standIns.length === 0) return [];
  const names = some(standIns.map(({ namespace, name }) => `${namespace}/${name}`));
  return [{ what: 'TLS Secrets', why: `self-signed certificates stand in for ${names}` }];
}

function overlaid({ overlay }: ReproductionFacts): NotReproduced[] {
  if (overlay.length === 0) return [];
  const objects = new Set(overlay.map(({ object }) => object)).size;
  const what = 'requests, node selectors and the like';
  return [{ what, why: `the overlay changed ${count(overlay.length, 'field')} of ${count(objects, 'object')}` }];
}

function unknown({ why }: Extract<Answer<unknown>, { kind: 'unknown' }>): string {
  return `not known: ${why}`;
}

/** A line holds a few names. */
const mostNames = 5;

function some(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${rest} more`;
}

function line(what: string, why: string | undefined): NotReproduced[] {
  return why === undefined ? [] : [{ what, why }];
}
