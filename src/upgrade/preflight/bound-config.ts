import { revisionLabel } from '../../bundle/labels.ts';
import { type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, revisionOf, stageObjects } from './mesh-facts.ts';

/** An Istio object that names a revision is read by that revision alone. */
export function boundConfig({ old, new: next }: MeshFacts): Trouble[] {
  const [from, to] = [revisionOf(old), revisionOf(next)];
  return stageObjects(next, 'config')
    .filter(({ metadata }) => metadata.labels?.[revisionLabel] === from)
    .map((object) =>
      warn(
        `only revision ${from} reads it, and the new bundle still has it: once ${from} is retired, nobody does`,
        `let the mesh's config have one for revision ${to} in its place; both stand side by side until the upgrade is finished`,
        nameOf(object),
      ),
    );
}
