import type { ClusterBundle } from '../../bundle/bundle.ts';
import { readAs } from '../read-as.ts';
import { renderDifference } from '../render-difference.ts';
import { differenceSection } from './difference-section.ts';
import { blockLines, sectionTitle } from './plan-text.ts';

/** One side of a change: what a cluster gets, and the revision in it. */
export interface ChangeSide {
  part: ClusterBundle;
  revision: string;
}

/** What differs between two bundles for one cluster, a line each: what carries the revision in its name is one object in both. */
export function changeText(old: ChangeSide, coming: ChangeSide): string[] {
  const differences = renderDifference(coming.part, readAs(old.part, [[old.revision, coming.revision]]));
  const section = differenceSection({ cluster: 'the new bundle', comparedTo: 'the old one', differences });
  const read =
    old.revision === coming.revision ? [] : [`Revision ${old.revision} of the old one is read as ${coming.revision}.`];
  return [`@@ ${sectionTitle(section)} @@`, ...read, ...section.blocks.flatMap(blockLines)];
}
