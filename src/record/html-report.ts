import { type Html, html, htmlLink } from '../text/html.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { clusterSection } from './cluster-section.ts';
import { htmlPage } from './html-page.ts';
import { htmlFacts, htmlParagraph, htmlSection } from './html-parts.ts';
import type { UpgradeRecord } from './upgrade-record.ts';
import type { Rows } from './upgrade-rows.ts';
import { nextStep, upgradeTitle } from './upgrade-summary.ts';

/** The record of an upgrade as one page that stands for itself. */
export function htmlReport(record: UpgradeRecord): string {
  const title = upgradeTitle(record);
  return htmlPage(title, [
    html`<h1>${title}</h1>`,
    htmlParagraph(nextStep(record)),
    htmlFacts(factsOf(record)),
    htmlSection('Gate', verdictRows(record)),
    ...record.clusters.map(clusterSection),
  ]);
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
}: UpgradeRecord): [string, string | Html | undefined][] {
  const took = durationText(new Date(finished).getTime() - new Date(started).getTime());
  return [
    ['mesh', mesh],
    ['command', `upgrade ${command}`],
    ['from', from && `revision ${from.istio.revision}, Istio ${from.istio.version}`],
    ['to', `revision ${to.istio.revision}, Istio ${to.istio.version}`],
    ['by', [origin.actor, origin.repository, origin.commit].filter((part) => part !== undefined).join(', ')],
    ['run', origin.run === undefined ? undefined : htmlLink(origin.run)],
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
