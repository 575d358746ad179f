import type { ProbeResult } from '../ports/probe-result.ts';
import { type Html, html, htmlLines, noHtml } from '../text/html.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import type { Journal } from '../upgrade/journal.ts';
import { htmlParagraph, htmlSection } from './html-parts.ts';
import { phaseBands, probeParts, verdictLook } from './probe-section.ts';
import { stepBands } from './step-bands.ts';
import { revisionsOf, timelinePlot } from './timeline-plot.ts';
import { findingRows, groupLines, journalFailure, namespaceRows, skippedRows, stepRows } from './upgrade-rows.ts';

/** How one run of an upgrade went in one cluster, and how its traffic took it. */
export function clusterSection(upgrade: ClusterUpgrade): Html {
  const { cluster, result, state, code, reason, journal, probe, findings } = upgrade;
  const failure = journal && journalFailure(journal, reason);
  return htmlLines([
    html`<section><h2>${cluster}: <span class="result ${lookOf(result)}">${result}</span></h2>`,
    htmlParagraph(state),
    reason === undefined ? noHtml : failureParagraph(code ?? '', reason),
    failure === undefined ? noHtml : failureParagraph('Failure', failure),
    ...(probe ? trafficParts(probe, journal) : []),
    ...(journal ? journalParts(journal) : []),
    htmlSection('Preflight', findingRows(findings)),
    html`</section>`,
  ]);
}

function failureParagraph(title: string, text: string): Html {
  return html`<p class="failure"><strong>${title}</strong> ${text}</p>`;
}

function trafficParts(probe: ProbeResult, journal: Journal | undefined): Html[] {
  const { result } = probe.verdict;
  return [
    html`<h3>Traffic: <span class="result ${verdictLook(result)}">${result}</span></h3>`,
    ...probeParts(probe, [phaseBands(probe), journal ? stepBands(journal) : []]),
  ];
}

function journalParts(journal: Journal): Html[] {
  return [
    timelineFigure(journal),
    htmlSection('Steps', stepRows(journal)),
    ...groupLines(journal).map(htmlParagraph),
    htmlSection('Namespaces', namespaceRows(journal)),
    htmlSection('Left to their owners', skippedRows(journal)),
  ];
}

function timelineFigure(journal: Journal): Html {
  const [wide, narrow] = [timelinePlot(journal, 1000), timelinePlot(journal, 380)];
  if (wide === undefined || narrow === undefined) return noHtml;
  const last = journal.timeline.at(-1)?.proxies ?? {};
  const legend = revisionsOf(journal).map(
    ({ revision, look }) =>
      html`<li><span class="swatch revision-${look}"></span>${revision}: ${last[revision] ?? 0} at the last look</li>`,
  );
  return html`<figure>
<figcaption>Proxies by revision over time (UTC); above, the steps by their numbers.</figcaption>
<ul class="legend">${legend}</ul>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
</figure>`;
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
