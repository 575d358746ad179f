import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { durationText } from '../upgrade/duration-text.ts';
import type { Journal } from '../upgrade/journal.ts';
import { reportStyle } from './html-style.ts';
import { escapeHtml, htmlFacts, htmlTable } from './html-text.ts';
import { revisionsOf, timelinePlot } from './timeline-plot.ts';
import type { UpgradeRecord } from './upgrade-record.ts';
import { findingRows, groupLines, namespaceRows, type Rows, skippedRows, stepRows } from './upgrade-rows.ts';
import { nextStep, upgradeTitle } from './upgrade-summary.ts';

/** The record as one page that stands for itself: no script, and nothing that is loaded from elsewhere. */
export function htmlReport(record: UpgradeRecord): string {
  const title = escapeHtml(upgradeTitle(record));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${paragraph(nextStep(record))}
${htmlFacts(factsOf(record))}
${section('Gate', verdictRows(record))}
${record.clusters.map(clusterSection).join('\n')}
</main>
</body>
</html>
`;
}

function factsOf({
  mesh,
  command,
  from,
  to,
  plan,
  origin,
  started,
  finished,
}: UpgradeRecord): [string, string | undefined][] {
  const took = durationText(new Date(finished).getTime() - new Date(started).getTime());
  return [
    ['mesh', mesh],
    ['command', `upgrade ${command}`],
    ['from', from && `revision ${from.istio.revision}, Istio ${from.istio.version}`],
    ['to', `revision ${to.istio.revision}, Istio ${to.istio.version}`],
    ['by', [origin.actor, origin.repository, origin.commit].filter((part) => part !== undefined).join(', ')],
    ['run', origin.run],
    ['when', `${started} to ${finished} (${took})`],
    ['old bundle', from?.bundle],
    ['new bundle', to.bundle],
    ['plan', plan],
  ];
}

function verdictRows({ verdict }: UpgradeRecord): Rows {
  const rows = (verdict?.rules ?? []).map(({ rule, result, facts, cure }) => [
    rule,
    result,
    cure === undefined ? facts : `${facts}; ${cure}`,
  ]);
  return { headings: ['rule', 'verdict', 'facts'], rows };
}

function clusterSection({ cluster, result, state, code, reason, journal, findings }: ClusterUpgrade): string {
  return [
    `<section><h2>${escapeHtml(cluster)}: <span class="result ${lookOf(result)}">${result}</span></h2>`,
    paragraph(state),
    reason === undefined
      ? ''
      : `<p class="failure"><strong>${escapeHtml(code ?? '')}</strong> ${escapeHtml(reason)}</p>`,
    ...(journal ? journalParts(journal) : []),
    section('Preflight', findingRows(findings)),
    '</section>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function journalParts(journal: Journal): string[] {
  return [
    timelineFigure(journal),
    section('Steps', stepRows(journal)),
    ...groupLines(journal).map(paragraph),
    section('Namespaces', namespaceRows(journal)),
    section('Left to their owners', skippedRows(journal)),
  ];
}

function timelineFigure(journal: Journal): string {
  const [wide, narrow] = [timelinePlot(journal, 1000), timelinePlot(journal, 380)];
  if (wide === undefined || narrow === undefined) return '';
  const last = journal.timeline.at(-1)?.proxies ?? {};
  const legend = revisionsOf(journal).map(
    ({ revision, look }) =>
      `<li><span class="swatch revision-${look}"></span>${escapeHtml(revision)}: ${last[revision] ?? 0} at the last look</li>`,
  );
  return `<figure>
<figcaption>Proxies by revision over time (UTC); above, the steps by their numbers.</figcaption>
<ul class="legend">${legend.join('')}</ul>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
</figure>`;
}

function section(title: string, rows: Rows): string {
  return rows.rows.length === 0 ? '' : `<h3>${escapeHtml(title)}</h3>\n${htmlTable(rows)}`;
}

function paragraph(text: string | undefined): string {
  return text === undefined ? '' : `<p>${escapeHtml(text)}</p>`;
}

function lookOf(result: ClusterUpgrade['result']): string {
  switch (result) {
    case 'upgraded':
    case 'finished':
    case 'rolled back':
      return 'good';
    case 'failed':
    case 'refused':
      return 'bad';
    case 'stopped':
    case 'paused':
    case 'not started':
      return 'open';
  }
}
