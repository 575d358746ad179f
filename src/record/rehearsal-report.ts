import { count } from '../plan/report/words.ts';
import { type Html, html, htmlLink, noHtml } from '../text/html.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { askedRows, notAskedRows, workloadRows } from './asked-rows.ts';
import { clusterSection } from './cluster-section.ts';
import { copiesRows, notReproducedRows } from './copies-rows.ts';
import { htmlPage } from './html-page.ts';
import { htmlFacts, htmlSection } from './html-parts.ts';
import type { Band } from './plot-frame.ts';
import { besides, checksText } from './probe-rows.ts';
import { htmlReasons, probeParts, verdictLook } from './probe-section.ts';
import type { RehearsalRecord } from './rehearsal-record.ts';
import { differenceRows, leftToDo, overlayRows, partBands, partRows } from './rehearsal-rows.ts';
import { rehearsalTitle, trafficText } from './rehearsal-summary.ts';
import { stepBands } from './step-bands.ts';
import { boundedRows } from './upgrade-rows.ts';

/** Rows of the overlay that a page shows; the record has all of them. */
const mostChanges = 500;

/** The record of a rehearsal as one page that stands for itself, what matters most first. */
export function rehearsalReport(record: RehearsalRecord): string {
  const { result, reasons, parts, differences, overlay, upgrades } = record;
  const title = rehearsalTitle(record);
  return htmlPage(title, [
    html`<h1>${title}</h1>`,
    htmlReasons(result, [`${result}: ${wellText(record)}`, ...reasons]),
    htmlFacts(factsOf(record)),
    ...titled('What the result does not cover', limitsOf(record)),
    ...trafficSection(record),
    htmlSection('What was asked', askedRows(record.asked)),
    htmlSection('Workloads of the team', workloadRows(record.workloads)),
    ...titled('The change', [
      htmlSection('What it consists of', boundedRows(differenceRows(differences), mostChanges)),
      htmlSection('How it was taken', partRows(parts)),
    ]),
    // The traffic of all of them stands above.
    ...upgrades.map(({ probe: _probe, ...upgrade }) => clusterSection(upgrade)),
    ...titled("The rehearsal's cluster", [
      htmlSection('Namespaces and stand-ins', boundedRows(copiesRows(record), mostChanges)),
      htmlSection(
        'Overlay: what was applied otherwise than the bundles have it',
        boundedRows(overlayRows(overlay), mostChanges),
      ),
    ]),
  ]);
}

/** What the result rests on. */
function wellText(record: RehearsalRecord): string {
  const { asked, workloads } = record;
  const checks = record.probe && checksText(record.probe);
  return [
    trafficText(record),
    ...(asked.length === 0 ? [] : [`${count(asked.length, 'target')} asked`]),
    ...(workloads.length === 0 ? [] : [`${count(workloads.length, 'workload')} of the team watched`]),
    ...(checks === undefined ? [] : [checks]),
  ].join(', ');
}

/** What somebody who signs must know beside the result: it says nothing about this. */
function limitsOf(record: RehearsalRecord): Html[] {
  return [
    htmlSection('Still to be done in the environment', {
      headings: ['what'],
      rows: leftToDo(record).map((line) => [line]),
    }),
    htmlSection('Not asked', notAskedRows(record.notAsked)),
    htmlSection('Not reproduced', notReproducedRows(record)),
  ];
}

/** Sections under a title of their own; nothing where all of them are empty. */
function titled(title: string, sections: Html[]): Html[] {
  return sections.every((section) => section === noHtml) ? [] : [html`<h2>${title}</h2>`, ...sections];
}

function factsOf(record: RehearsalRecord): [string, string | Html | undefined][] {
  const { mesh, environment, cluster, from, to, origin, started, finished } = record;
  const took = durationText(new Date(finished).getTime() - new Date(started).getTime());
  return [
    ['mesh', mesh],
    ['environment', environment],
    ['from', from ? `revision ${from.istio.revision}, Istio ${from.istio.version}` : 'nothing: a first install'],
    ['to', `revision ${to.istio.revision}, Istio ${to.istio.version}`],
    ['cluster', cluster],
    ['by', [origin.actor, origin.repository, origin.commit].filter((part) => part !== undefined).join(', ')],
    ['run', origin.run === undefined ? undefined : htmlLink(origin.run)],
    ['when', `${started} to ${finished} (${took})`],
    ['old bundle', from?.bundle],
    ['new bundle', to.bundle],
  ];
}

function trafficSection({ probe, parts, upgrades, reasons }: RehearsalRecord): Html[] {
  if (probe === undefined) return [html`<h2>Traffic: <span class="result open">never begun</span></h2>`];
  const { result } = probe.verdict;
  return [
    html`<h2>Traffic: <span class="result ${verdictLook(result)}">${result}</span></h2>`,
    ...probeParts(besides(probe, reasons), [partBands(parts), stepsOf(upgrades)]),
  ];
}

/** Runs of one upgrade share a journal: what the earlier ones did is marked once. */
function stepsOf(upgrades: readonly ClusterUpgrade[]): Band[] {
  const bands = upgrades.flatMap(({ journal }) => (journal ? stepBands(journal) : []));
  const last = new Map(bands.map((band) => [`${band.number} ${band.from.toISOString()}`, band]));
  return [...last.values()];
}
