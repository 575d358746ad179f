import { count } from '../../plan/report/words.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { differences } from './differences.ts';
import { bringsCa, line, type NotReproduced, nodesText, type ReproductionFacts, some } from './reproduction.ts';

/** What a release manager must know of what a rehearsal cannot show, most important first. */
export function notReproduced(facts: ReproductionFacts): NotReproduced[] {
  const { environment } = facts;
  const fromEnvironment =
    environment.kind === 'asked' ? differences(environment.facts, facts) : ofUnasked(environment.why, facts);
  return [...fromEnvironment, ...tlsSecrets(facts), ...overlaid(facts)];
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
