import type { HttpTarget } from '../../mesh/probe-policy.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { ProbeResult } from '../../ports/probe-result.ts';
import { excused, type JudgedProbe, type JudgedSource } from '../../probe/judge-probe.ts';
import type { TrafficSource } from '../../probe/traffic-source.ts';
import type { LoggedTarget } from '../access-log/name-witnesses.ts';
import type { RehearsalPlan } from '../prepare-rehearsal.ts';
import type { AskedTarget, NotAsked } from '../rehearsal.ts';
import type { SampleOptions } from '../sample/sample-options.ts';
import { controlTarget, type SampleTargets, sampleTargets } from '../sample/sample-targets.ts';
import { idleGroups } from './idle-groups.ts';
import { loggedTeamTarget } from './logged-team-target.ts';
import { meshFileTargets } from './mesh-file-targets.ts';
import { teamSource } from './team-source.ts';
import { questionText, targetTitle } from './team-target.ts';
import { teamTraffic } from './team-targets.ts';

/** Everything that a rehearsal asks, and what it does not ask. */
export interface RehearsalTargets {
  http: HttpTarget[];
  clients: TrafficSource[];
  asked: AskedTarget[];
  notAsked: NotAsked[];
  /** How the team's look to the proxies on their way. */
  logged: LoggedTarget[];
  /** How a target is named to a person, and whether it may turn out that it cannot be asked. */
  about(target: string): Pick<JudgedSource, 'title' | 'excuse' | 'isControl'>;
}

export interface TargetOptions {
  sample: SampleOptions;
  /** Whether clients without a certificate are let in. */
  plain: boolean;
  /** Of the mesh file. */
  probeTargets: readonly HttpTarget[];
  plan: Pick<RehearsalPlan, 'way' | 'team' | 'old' | 'coming' | 'sample'>;
}

/** Targets of the team that are asked at most: each is a container. */
const mostOfTeam = 20;

/** How many times the rate of one of the sample's targets all of the team's get together at most. */
const shareOfTeam = 8;

export function rehearsalTargets({ sample, plain, probeTargets, plan }: TargetOptions): RehearsalTargets {
  const { http, clients } = withoutPlain(sampleTargets(sample), plain);
  const [running, coming] = [plan.old, plan.coming].map(({ clusters }) =>
    Object.values(clusters).flatMap(({ stages }) => stages.flatMap(({ objects }) => objects)),
  ) as [KubernetesObject[], KubernetesObject[]];
  const { asked: ofFile, notAsked: outside } = meshFileTargets(probeTargets, {
    workloads: plan.team,
    applied: [...running, ...plan.sample],
  });
  const team = teamTraffic({
    workloads: plan.team,
    running,
    coming,
    gateways: plan.old.manifest.gateways,
    taken: [...[...http, ...probeTargets].map(({ name }) => name), ...clients.map(({ target }) => target)],
    most: mostOfTeam,
  });
  const rate = Math.min(sample.rate, Math.round((10 * shareOfTeam * sample.rate) / team.targets.length) / 10);
  const titles = new Map(team.targets.map((target) => [target.name, targetTitle(target)]));
  const named = new Set(ofFile.map(({ name }) => name));
  return {
    http: [...http, ...ofFile],
    clients: [...clients, ...team.targets.map((target) => teamSource(target, { ...sample, rate }))],
    asked: [
      ...http.map((target) => askedOf('sample', target)),
      ...clients.map(({ target, args, rate }) => {
        return { target, of: 'sample' as const, how: args.slice(1, 3).join(' '), rate, workloads: [] };
      }),
      ...ofFile.map((target) => askedOf('mesh file', target)),
      ...team.targets.map(({ name, what, question, workloads }) => {
        return { target: name, of: 'team' as const, what, how: questionText(question), rate, workloads };
      }),
    ],
    notAsked: [...outside, ...team.notAsked, ...(plan.way === 'upgrade' ? idleGroups(plan) : [])],
    logged: team.targets.flatMap(loggedTeamTarget),
    about(target) {
      if (target === controlTarget) return { isControl: true };
      const title = titles.get(target);
      if (title !== undefined) return { title, excuse: 'failing' };
      return named.has(target) ? { excuse: 'silent' } : {};
    },
  };
}

function withoutPlain({ http, clients }: SampleTargets, plain: boolean): SampleTargets {
  return { http: http.filter(({ name }) => plain || name !== 'plain'), clients };
}

function askedOf(of: AskedTarget['of'], { name, url, method, headers, rate }: HttpTarget): AskedTarget {
  const host = headers.Host === undefined ? '' : ` as ${headers.Host}`;
  return { target: name, of, how: `${method} ${url}${host}`, rate, workloads: [] };
}

/** What was asked and what was not, by what came of it: a target that failed before the change says nothing about it. */
export function askedAfterAll(
  { asked, notAsked }: Pick<RehearsalTargets, 'asked' | 'notAsked'>,
  judged: JudgedProbe | undefined,
): { asked: AskedTarget[]; notAsked: NotAsked[] } {
  // Where the traffic was never begun, nothing was asked.
  if (judged === undefined) return { asked: [], notAsked };
  const left = judged.sources.flatMap((source) => {
    const lost = excused(source, judged);
    return lost === undefined ? [] : [{ source, lost }];
  });
  const names = new Set(left.map(({ source }) => source.target));
  return {
    asked: asked.filter(({ target }) => !names.has(target)),
    notAsked: [
      ...left.map(({ source: { target, title }, lost: { phase, requests, failed, reason } }) => ({
        what: title ?? `target ${target} of the mesh file`,
        why: `it cannot be judged: ${failed} of ${requests} requests failed in phase ${phase} already, the first with: ${reason}`,
      })),
      ...notAsked,
    ],
  };
}

/** What was measured of the targets that are judged: what became of the others stands with what was not asked. */
export function ofTargets(probe: ProbeResult, asked: readonly AskedTarget[]): ProbeResult {
  const names = new Set(asked.map(({ target }) => target));
  const isJudged = ({ target }: { target: string }) => names.has(target);
  return {
    ...probe,
    thresholds: probe.thresholds.filter(isJudged),
    phases: probe.phases.map((phase) => ({ ...phase, targets: phase.targets.filter(isJudged) })),
    seconds: Object.fromEntries(Object.entries(probe.seconds).filter(([target]) => names.has(target))),
    failures: probe.failures.filter(isJudged),
    answers: probe.answers.filter(isJudged),
  };
}
