import { visibleText } from '../../text/visible-text.ts';
import type { Plan } from '../plan.ts';
import { warningLines } from './blocks.ts';
import { type DifferenceReport, differenceSection } from './difference-section.ts';
import { leftLines, usuallyLeft } from './left-lines.ts';
import { openUpgradeLines } from './open-upgrade-lines.ts';
import { clusterLine, planTitle, planVerdict } from './plan-title.ts';
import { problemLines } from './problem-lines.ts';
import { changeSections, type Section } from './sections.ts';
import { upgradeLines } from './upgrade-lines.ts';
import { count } from './words.ts';

/** Everything that a reader is to know of a plan, in the order in which to read it; where it is shown decides the form. */
export interface PlanReport {
  title: string;
  digest: string;
  bundle: string;
  verdict: string;
  clusters: string[];
  /** Upgrades that are open, and what each command would do. */
  open: string[];
  problems: string[];
  upgrade: string[];
  warnings: string[];
  /** Fields that others own, and keep. */
  left: string[];
  changes: Section[];
  differences: Section[];
  footnotes: string[];
}

/** Two plans that differ have different reports, but for their digests. */
export function planReport(plan: Plan, differences: DifferenceReport[]): PlanReport {
  return {
    title: planTitle(plan),
    digest: visibleText(plan.digest),
    bundle: visibleText(plan.bundle),
    verdict: planVerdict(plan),
    clusters: plan.clusters.map(clusterLine),
    open: openLines(plan),
    problems: problemLines(plan),
    upgrade: upgradeLines(plan),
    warnings: warningLines(plan),
    left: leftLines(plan.clusters).map(visibleText),
    changes: changeSections(plan),
    differences: differences.map(differenceSection),
    footnotes: [
      ...forced(plan),
      ...unvalidated(plan),
      ...unpinned(plan),
      ...usuallyLeft(plan.clusters).map(visibleText),
    ],
  };
}

/** The same upgrade in several clusters has an id in each. */
function openLines({ clusters }: Plan): string[] {
  return clusters.flatMap(({ cluster, open }) =>
    open ? openUpgradeLines(open).map((line, index) => visibleText(index === 0 ? `${cluster}: ${line}` : line)) : [],
  );
}

function forced({ forceConflicts }: Plan): string[] {
  return forceConflicts ? ['Conflicts are forced: fields that others own are taken, each as listed.'] : [];
}

/** A context may lead to another cluster tomorrow. */
function unpinned({ clusters }: Plan): string[] {
  return clusters.flatMap(({ cluster, pinned, identity }) =>
    pinned
      ? []
      : [
          `The mesh file does not say which cluster ${visibleText(cluster)} is; add to it \`identity: ${visibleText(identity.uid)}\`.`,
        ],
  );
}

/** What an API server cannot say yet, once for all of it. */
function unvalidated({ clusters }: Plan): string[] {
  const number = clusters
    .flatMap(({ changes }) => changes)
    .filter((change) => change.action === 'create' && !change.validated).length;
  if (number === 0) return [];
  return [
    `${count(number, 'object')} cannot be tried on the API server before the namespaces and CRDs of this plan are there. Render has held Istio's configuration among them against the schemas of its CRDs; each stage is tried as a whole before its first write.`,
  ];
}
