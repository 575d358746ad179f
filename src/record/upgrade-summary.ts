import { blankLine, codeSpan, type Markdown, markdown, markdownLines, markdownTable } from '../text/markdown.ts';
import { textTable } from '../text/text-table.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { foldedRows } from './folded-rows.ts';
import { probeLines, probeMarkdown } from './probe-summary.ts';
import { verdictTable } from './summary.ts';
import { isBarred } from './upgrade-failure.ts';
import type { UpgradeRecord } from './upgrade-record.ts';
import {
  findingRows,
  groupLines,
  journalFailure,
  namespaceRows,
  skippedOf,
  skippedRows,
  stepRows,
} from './upgrade-rows.ts';

/** How a run of an upgrade ended, in a line. */
export function upgradeTitle(record: UpgradeRecord): string {
  const { environment, from, to } = record;
  const way = `from ${from ? from.istio.revision : 'its revision'} to ${to.istio.revision}`;
  switch (record.result) {
    case 'upgraded':
      return `${environment}: upgraded ${way}; finish retires the old revision`;
    case 'finished':
      return `${environment}: upgraded ${way}, the old revision is retired`;
    case 'rolled back':
      return `${environment}: rolled back to ${from ? from.istio.revision : 'its revision'}`;
    case 'stopped':
      return isBegun(record)
        ? `${environment}: the upgrade ${way} is not at its end`
        : `${environment}: no upgrade ${way} was begun`;
    case 'paused':
      return `${environment}: the upgrade ${way} is paused`;
    case 'failed':
      return `${environment}: the upgrade ${way} failed`;
    case 'refused':
      return `${environment}: upgrade ${record.command} ${way} refused`;
    case 'interrupted':
      return `${environment}: upgrade ${record.command} ${way} interrupted`;
  }
}

function isBegun({ clusters }: UpgradeRecord): boolean {
  return clusters.some(({ journal }) => journal !== undefined);
}

/** What to do next, where something is. */
export function nextStep(record: UpgradeRecord): string | undefined {
  if (!isBegun(record)) return undefined;
  switch (record.result) {
    case 'upgraded':
      return 'Finish retires the old revision; until then rollback goes back.';
    case 'stopped':
    case 'paused':
      return 'Resume goes on where it stopped; rollback goes back.';
    case 'interrupted':
      return record.command === 'rollback'
        ? 'Roll back again: it goes on where it stopped.'
        : `Upgrade ${record.command} goes on where it stopped; rollback goes back.`;
    case 'failed':
      return record.command === 'rollback'
        ? 'Fix the cause, and roll back again: it goes on where it stopped.'
        : 'Fix the cause and resume, which goes on where it stopped; rollback goes back.';
    case 'finished':
    case 'rolled back':
    case 'refused':
      return undefined;
  }
}

/** The record for a terminal, a line each, where the reason of a failure stands at the end of the run, and only there. */
export function upgradeText(record: UpgradeRecord): string[] {
  const { to, plan } = record;
  return [
    upgradeTitle(record),
    ...record.clusters.flatMap((cluster) => clusterLines(cluster, record).map(indented)),
    `  bundle ${to.bundle}`,
    ...(plan === undefined ? [] : [`  plan ${plan}`]),
  ];
}

function clusterLines(upgrade: ClusterUpgrade, record: UpgradeRecord): string[] {
  const { cluster, result, state, code, reason, journal, probe } = upgrade;
  const isTold = isBarred(upgrade, record);
  const failure = journal && journalFailure(journal, reason);
  const title = `${cluster}: ${result}${isTold ? ` (${code})` : ''}: ${state}`;
  const why = [
    ...(reason === undefined || isTold ? [] : [`  ${code}: ${reason}`]),
    ...(failure === undefined ? [] : [`  ${failure}`]),
    ...(probe ? probeLines(probe).map(indented) : []),
  ];
  if (!journal) return [title, ...why];
  const { headings, rows } = stepRows(journal);
  const holding = skippedOf(journal).filter(({ holdsOldRevision }) => holdsOldRevision);
  return [
    title,
    ...why,
    ...textTable(headings, rows).map(indented),
    ...groupLines(journal).map((line) => `  group ${line}`),
    ...(holding.length > 0 ? ['  left to their owners, and holding up finish:'] : []),
    ...holding.map(({ object, reason, cure }) => `    ${object}: ${reason}; ${cure}`),
  ];
}

function indented(line: string): string {
  return `  ${line}`;
}

/** The record for a step summary. */
export function upgradeMarkdown(record: UpgradeRecord): Markdown {
  const { mesh, from, to, plan, started, finished, verdict, clusters } = record;
  const took = durationText(new Date(finished).getTime() - new Date(started).getTime());
  const next = nextStep(record);
  const way = `${from ? `${from.istio.version} → ` : ''}${to.istio.version}`;
  return markdownLines([
    markdown`### ${upgradeTitle(record)}`,
    blankLine,
    markdown`Mesh ${mesh}, Istio ${way} · ${took}`,
    blankLine,
    ...(verdict ? verdictTable(verdict) : []),
    ...clusters.flatMap(clusterMarkdown),
    markdown`Bundle ${codeSpan(to.bundle)}  `,
    ...(plan === undefined ? [] : [markdown`Plan ${codeSpan(plan)}`]),
    blankLine,
    ...(next === undefined ? [] : [markdown`${next}`, blankLine]),
  ]);
}

function clusterMarkdown(upgrade: ClusterUpgrade): Markdown[] {
  const { cluster, result, state, code, reason, journal, probe, findings } = upgrade;
  const failure = journal && journalFailure(journal, reason);
  // What preflight found stands in its own table.
  const why = code === 'PreflightFailed' ? reason?.split('\n')[0] : reason;
  return [
    markdown`#### ${cluster}: ${result}`,
    blankLine,
    markdown`${state}`,
    blankLine,
    ...(why === undefined ? [] : [markdown`**${code ?? 'Failure'}**: ${why}`, blankLine]),
    ...(failure === undefined ? [] : [markdown`**Failure**: ${failure}`, blankLine]),
    ...(probe ? probeMarkdown(probe) : []),
    ...(journal
      ? [
          ...markdownTable(stepRows(journal)),
          ...groupLines(journal).map((line) => markdown`- group ${line}`),
          ...(Object.keys(journal.groups).length > 0 ? [blankLine] : []),
          ...foldedRows('Namespaces', namespaceRows(journal)),
          ...foldedRows('Left to their owners', skippedRows(journal)),
        ]
      : []),
    ...foldedRows('Preflight', findingRows(findings)),
  ];
}
