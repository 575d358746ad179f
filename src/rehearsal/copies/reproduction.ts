import { count } from '../../plan/report/words.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { OverlayChange } from '../rehearsal.ts';
import type { RehearsedNamespace } from '../rehearsed-namespaces.ts';
import type { ClusterFacts, ClusterNodes } from './cluster-facts.ts';
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

/** Whether the CA of the control plane is brought along. */
export function bringsCa(objects: readonly KubernetesObject[]): boolean {
  return objects.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'cacerts');
}

export function nodesText({ count: number, architectures }: ClusterNodes): string {
  return architectures.length === 0 ? count(number, 'node') : `${count(number, 'node')} (${architectures.join(', ')})`;
}

/** A line holds a few names. */
const mostNames = 5;

/** The first of many names, and how many more there are. */
export function some(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${rest} more`;
}

/** A line of the report; none where there is nothing to say. */
export function line(what: string, why: string | undefined): NotReproduced[] {
  return why === undefined ? [] : [{ what, why }];
}
