import type { BundleManifest } from '../../bundle/bundle.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { NotAsked } from '../rehearsal.ts';
import { httpRouteCandidates } from './http-route-targets.ts';
import { serviceCandidates } from './service-targets.ts';
import type { Candidate, TeamTarget } from './team-target.ts';
import { endingWorkloads, teamWorkloads } from './team-workload.ts';
import { virtualServiceCandidates } from './virtual-service-targets.ts';

export interface TeamTraffic {
  targets: TeamTarget[];
  notAsked: NotAsked[];
}

export interface TeamTrafficOptions {
  /** The team's manifests, as they are applied. */
  workloads: readonly KubernetesObject[];
  /** Objects of the bundle that is installed first, and of the one that comes. */
  running: readonly KubernetesObject[];
  coming: readonly KubernetesObject[];
  gateways: BundleManifest['gateways'];
  /** Names of other targets. */
  taken: readonly string[];
  /** Number of targets that are asked at most. */
  most: number;
}

/** What of the team's own can be asked, in the order of what it tells, and why the rest is not. */
export function teamTraffic(options: TeamTrafficOptions): TeamTraffic {
  const { workloads: objects, running, coming, gateways, taken, most } = options;
  const workloads = teamWorkloads(objects);
  if (workloads.length === 0) return { targets: [], notAsked: [] };
  const services = serviceCandidates(objects, workloads);
  const routesOf = (bundle: readonly KubernetesObject[]) => {
    const around = { objects, workloads, applied: [...bundle, ...objects], gateways };
    return [...virtualServiceCandidates(around), ...httpRouteCandidates(around)];
  };
  const candidates = [...services, ...inBoth(routesOf(running), routesOf(coming))];
  const found = candidates.filter((each) => each.kind === 'target');
  const ranked = byWorkload(found);
  const used = new Set(taken);
  const targets = ranked.slice(0, most).map(({ kind: _kind, wish, ...target }) => {
    return { name: uniqueName(wish, used), ...target };
  });
  return {
    targets,
    notAsked: [
      ...candidates.flatMap((each) => (each.kind === 'none' ? [{ what: each.what, why: each.why }] : [])),
      ...ranked.slice(most).map(({ what }) => ({ what, why: `no more than ${most} targets of the team are asked` })),
      ...unled(workloads, found),
      ...endingWorkloads(objects).map((what) => ({ what, why: 'its pods end by themselves, and no Service is asked' })),
    ],
  };
}

type Found = Extract<Candidate, { kind: 'target' }>;

/** What only one of the bundles has cannot be compared. */
function inBoth(running: readonly Candidate[], coming: readonly Candidate[]): Candidate[] {
  const keyOf = (candidate: Candidate) => (candidate.kind === 'target' ? JSON.stringify(candidate.question) : '');
  const has = (candidates: readonly Candidate[], wanted: Found) =>
    candidates.some((each) => keyOf(each) === keyOf(wanted));
  const without = (candidate: Candidate, other: readonly Candidate[], why: string): Candidate =>
    candidate.kind === 'none' || has(other, candidate) ? candidate : { kind: 'none', what: candidate.what, why };
  const all = [
    ...running.map((each) => without(each, coming, 'the new bundle does not have it any more')),
    ...coming.map((each) => without(each, running, 'only the new bundle has it, so it cannot be asked before')),
  ];
  return [...new Map(all.map((each) => [each.kind === 'none' ? each.what : keyOf(each), each])).values()];
}

/** The first target of each workload before the second of any. */
function byWorkload(found: readonly Found[]): Found[] {
  const seen = new Map<string, number>();
  const rank = ({ workloads }: Found): number => {
    const ranks = workloads.map((title) => seen.get(title) ?? 0);
    for (const title of workloads) seen.set(title, (seen.get(title) ?? 0) + 1);
    return Math.min(...ranks);
  };
  return found
    .map((target) => ({ target, rank: rank(target) }))
    .toSorted((left, right) => left.rank - right.rank)
    .map(({ target }) => target);
}

/** Workloads that nothing leads to. */
function unled(workloads: ReturnType<typeof teamWorkloads>, found: readonly Found[]): NotAsked[] {
  const led = new Set(found.flatMap((target) => target.workloads));
  return workloads
    .filter(({ title, isEmpty }) => !led.has(title) && !isEmpty)
    .map(({ title }) => ({ what: title, why: 'no Service or route that can be asked leads to it' }));
}

/** Longest name of a container. */
const longest = 63;

/** A name that containers may have, and that nothing else has. */
export function uniqueName(wish: string, used: Set<string>): string {
  const slug = wish
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? '' : `-${number}`;
    const name = `${slug.slice(0, longest - end.length).replace(/-$/, '')}${end}`;
    if (used.has(name)) continue;
    used.add(name);
    return name;
  }
}
