import { count } from '../../plan/report/words.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { otherKubernetes } from './differences.ts';
import type { ReproductionFacts } from './reproduction.ts';

/** What a rehearsal copies of the environment and what it cannot, as it begins. */
export function copiesText(
  { environment, namespaces, standIns }: Pick<ReproductionFacts, 'environment' | 'namespaces' | 'standIns'>,
  rehearsal: ClusterFacts,
): string[] {
  const copied = namespaces.filter(({ from }) => from === 'environment').length;
  const other =
    environment.kind === 'asked' ? otherKubernetes(environment.facts.kubernetes, rehearsal.kubernetes) : undefined;
  return [
    ...(other === undefined ? [] : [other]),
    ...(copied === 0 ? [] : [`${count(copied, 'namespace')} with the labels of the environment`]),
    ...standIns.map(
      ({ namespace, name, for: users }) =>
        `Secret ${namespace}/${name} (${users.join(', ')}) is a self-signed stand-in`,
    ),
  ];
}
