import { revisionLabel } from '../../bundle/labels.ts';
import { danglingIn } from '../retirement/dangling.ts';
import { fail, type Trouble } from './finding.ts';
import { leftovers } from './leftovers.ts';
import { type MeshFacts, nameOf, revisionOf } from './mesh-facts.ts';
import { webhooksOfRevision } from './webhooks.ts';

/** What points at nothing already: the upgrade looks for that at its default step and at its end, and would stop there. */
export function danglingBefore(facts: MeshFacts): Trouble[] {
  const judged = new Set([
    ...webhooksOfRevision(facts, revisionOf(facts.old)).map(nameOf),
    ...leftovers(facts).map(({ object }) => object),
  ]);
  const found = danglingIn({
    namespace: facts.namespace,
    mutating: facts.webhooks.filter(({ kind }) => kind === 'MutatingWebhookConfiguration'),
    validating: facts.webhooks.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration'),
    services: [...facts.services],
    endpointSlices: [...facts.endpointSlices],
    istiods: facts.workloads.filter(
      ({ kind, metadata }) =>
        kind === 'Deployment' && metadata.namespace === facts.namespace && metadata.labels?.['app'] === 'istiod',
    ),
    pods: facts.pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] !== undefined),
    configMaps: [...facts.configMaps],
  });
  return found
    .filter(({ object }) => !judged.has(object))
    .map(({ object, reason, cure }) => fail(`it ${reason}`, cure, object));
}
