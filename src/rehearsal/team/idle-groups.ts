import type { RehearsalPlan } from '../prepare-rehearsal.ts';
import type { NotAsked } from '../rehearsal.ts';
import { teamWorkloads } from './team-workload.ts';

/** Groups, and namespaces of groups, in which no workload of the team moves. */
export function idleGroups({ team, coming }: Pick<RehearsalPlan, 'team' | 'coming'>): NotAsked[] {
  const busy = new Set(teamWorkloads(team).map(({ namespace }) => namespace));
  return coming.manifest.upgrade.groups.flatMap(({ name, namespaces }) => {
    const idle = namespaces.filter((namespace) => !busy.has(namespace));
    if (idle.length === 0) return [];
    const some = `${idle.length === 1 ? 'namespace' : 'namespaces'} ${idle.join(', ')}`;
    return [
      idle.length === namespaces.length
        ? { what: `group ${name}`, why: `no workload was given for its ${some}: nothing of the team moved with it` }
        : { what: `${some} of group ${name}`, why: 'no workload was given for it' },
    ];
  });
}
