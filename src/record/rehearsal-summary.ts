import { count } from '../plan/report/words.ts';
import type { BundleChange } from '../rehearsal/rehearsal.ts';
import { blankLine, codeSpan, type Markdown, markdown, markdownLines, markdownTable } from '../text/markdown.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { askedRows, workloadRows } from './asked-rows.ts';
import { copiesRows, notReproducedLines } from './copies-rows.ts';
import { foldedRows } from './folded-rows.ts';
import { besides, requestsText } from './probe-rows.ts';
import { markdownReasons, probeLines, probeMarkdown, tableLines } from './probe-summary.ts';
import type { RehearsalRecord } from './rehearsal-record.ts';
import { differenceRows, leftToDo, overlayRows, partRows } from './rehearsal-rows.ts';

/** A step summary holds a megabyte. */
const mostChanges = 200;

/** How a rehearsal ended, in a line. */
export function rehearsalTitle(record: RehearsalRecord): string {
  const { from, to, environment, result } = record;
  const way = wayText(from?.istio.revision, to.istio.revision);
  return `rehearsal of ${way} for ${environment}: ${result}, ${trafficText(record)}`;
}

export function trafficText({ probe }: Pick<RehearsalRecord, 'probe'>): string {
  return probe ? requestsText(probe) : 'the traffic was never begun';
}

function wayText(from: string | undefined, to: string): string {
  if (from === undefined) return `a first install of ${to}`;
  return from === to ? `a change of ${to}` : `${from} → ${to}`;
}

/** The record for a terminal, a line each, where the reasons stand at the end of the run, and only there. */
export function rehearsalText(record: RehearsalRecord): string[] {
  const { reasons, cluster, parts, probe, upgrades, differences, overlay, from, to } = record;
  return [
    rehearsalTitle(record),
    ...[
      `cluster ${cluster}`,
      ...leftToDo(record),
      ...record.notAsked.map(({ what, why }) => `not asked: ${what}: ${why}`),
      ...notReproducedLines(record).map((line) => `not reproduced: ${line}`),
      ...tableLines(partRows(parts)),
      ...(probe ? probeLines(besides(probe, reasons)) : []),
      ...tableLines(workloadRows(record.workloads)),
      ...upgrades.map(({ result, state }) => `upgrade: ${result}: ${state}`),
      ...(from ? [`the change: ${changesText(differences)}`] : []),
      `overlay: ${count(overlay.length, 'field')} otherwise than in the bundles`,
      ...(from ? [`from ${from.bundle}`] : []),
      `to ${to.bundle}`,
    ].map((line) => `  ${line}`),
  ];
}

/** `3 objects added, 12 changed`. */
function changesText(differences: readonly BundleChange[]): string {
  const counts = (['added', 'removed', 'changed'] as const).flatMap((kind) => {
    const number = differences.filter(({ change }) => change === kind).length;
    return number === 0 ? [] : [`${number} ${kind}`];
  });
  return counts.length === 0 ? 'no object differs but in its revision' : `objects: ${counts.join(', ')}`;
}

function listed(title: string, lines: readonly string[]): Markdown[] {
  if (lines.length === 0) return [];
  return [markdown`${title}`, blankLine, ...lines.map((line) => markdown`- ${line}`), blankLine];
}

/** The record for a step summary. */
export function rehearsalMarkdown(record: RehearsalRecord): Markdown {
  const { mesh, cluster, from, to, started, finished, reasons, probe, parts, upgrades, differences, overlay } = record;
  const took = durationText(new Date(finished).getTime() - new Date(started).getTime());
  const way = `Istio ${from ? `${from.istio.version} → ` : ''}${to.istio.version}`;
  return markdownLines([
    markdown`### ${rehearsalTitle(record)}`,
    blankLine,
    markdown`Mesh ${mesh}, ${way} · ${cluster} · ${took}`,
    blankLine,
    ...markdownReasons(reasons),
    ...listed('Still to be done in the environment:', leftToDo(record)),
    ...listed(
      'Not asked:',
      record.notAsked.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...listed('Not reproduced:', notReproducedLines(record)),
    ...(probe ? probeMarkdown(besides(probe, reasons)) : []),
    ...foldedRows('What was asked', askedRows(record.asked)),
    ...markdownTable(workloadRows(record.workloads)),
    ...foldedRows('What the change consists of', differenceRows(differences), mostChanges),
    ...markdownTable(partRows(parts)),
    ...upgrades.map(({ result, state }) => markdown`- upgrade ${result}: ${state}`),
    ...(upgrades.length > 0 ? [blankLine] : []),
    ...foldedRows('Namespaces and stand-ins', copiesRows(record), mostChanges),
    ...foldedRows('Overlay', overlayRows(overlay), mostChanges),
    ...(from ? [markdown`From ${codeSpan(from.bundle)}  `] : []),
    markdown`To ${codeSpan(to.bundle)}`,
    blankLine,
  ]);
}
