import { revisionLabel } from '../../bundle/labels.ts';
import { isMadeForGateway } from '../gateways/istio-gateway.ts';
import { podTemplate } from '../workloads/workload.ts';
import { injectLabel, optsOut } from '../workloads/workload-move.ts';
import { fail, note, type Trouble } from './finding.ts';
import { groupWorkloads, type MeshFacts, meshTags, nameOf, revisionOf } from './mesh-facts.ts';

/** What pod templates say about injection themselves, beside their namespace. */
export function pinnedTemplates(facts: MeshFacts): Trouble[] {
  const [old, next] = [revisionOf(facts.old), revisionOf(facts.new)];
  const tags = meshTags(facts);
  return groupWorkloads(facts).flatMap(({ object }): Trouble[] => {
    const name = nameOf(object);
    if (isMadeForGateway(object)) return [];
    if (optsOut(object)) {
      return [note(`its template has ${injectLabel}=false: it has no proxy and is left alone`, 'none needed', name)];
    }
    const pinned = podTemplate(object).labels[revisionLabel];
    if (pinned === undefined) return [];
    if (pinned === old) {
      return [
        fail(
          `its template pins revision ${old}, which the upgrade retires`,
          `take the label ${revisionLabel} out of its template`,
          name,
        ),
      ];
    }
    const what = pinned === next ? 'the new revision' : tags.has(pinned) ? 'a tag of the mesh' : 'nothing of this mesh';
    return [
      note(
        `its template has ${revisionLabel}=${pinned}, ${what}`,
        'take the label out of its template: its namespace decides',
        name,
      ),
    ];
  });
}
