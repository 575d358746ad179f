import type { ClusterOutcome } from '../apply/promote-environment.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { ProbeResult } from '../ports/probe-result.ts';
import { blankLine, codeSpan, type Markdown, markdown, markdownLines, markdownTable } from '../text/markdown.ts';
import { probeLines, probeMarkdown } from './probe-summary.ts';
import type { DeliveryRecord } from './record.ts';

/** The record for a step summary. */
export function recordMarkdown(record: DeliveryRecord): Markdown {
  const { environment, mesh, istio, bundle, plan, result, started, finished } = record;
  return markdownLines([
    markdown`### ${title(record)}`,
    blankLine,
    markdown`Mesh ${mesh}, Istio ${istio.version}, revision ${istio.revision} · ${seconds(started, finished)} s`,
    blankLine,
    ...verdictTable(record.verdict),
    ...(record.clusters.length > 0 ? clusterTable(record.clusters) : []),
    ...probesOf(record).flatMap(([cluster, probe]) => [markdown`#### ${cluster}`, blankLine, ...probeMarkdown(probe)]),
    markdown`Bundle ${codeSpan(bundle)}  `,
    markdown`Plan ${codeSpan(plan)}`,
    blankLine,
    ...(result === 'failed' || result === 'interrupted'
      ? [markdown`${environment} is not finished: the same plan goes on when it is promoted again.`, blankLine]
      : []),
  ]);
}

/** The record for a terminal, a line each, where the reason of a failure stands at the end of the run, and only there. */
export function recordText(record: DeliveryRecord): string[] {
  const lines = [
    ...record.clusters.map((outcome) => `  ${outcome.cluster}: ${shortText(outcome)}`),
    ...probesOf(record).flatMap(([cluster, probe]) => probeLines(probe).map((line) => `  ${cluster}: ${line}`)),
  ];
  return [title(record), ...lines, `  bundle ${record.bundle}`, `  plan ${record.plan}`];
}

function probesOf({ clusters }: DeliveryRecord): [cluster: string, probe: ProbeResult][] {
  return clusters.flatMap(({ cluster, probe }) => (probe ? [[cluster, probe]] : []));
}

function title({ environment, result, clusters }: DeliveryRecord): string {
  const amends = clusters.some((outcome) => 'during' in outcome);
  switch (result) {
    case 'promoted':
      return `${environment}: ${amends ? 'its configuration is promoted; an upgrade is open' : 'promoted'}`;
    case 'unchanged':
      return amends
        ? `${environment}: its configuration is that of this bundle already; an upgrade is open`
        : `${environment}: nothing to do, it runs this bundle already`;
    case 'partial':
      return `${environment}: its wave is promoted, other waves are to come`;
    case 'failed':
      return `${environment}: promotion failed`;
    case 'refused':
      return `${environment}: promotion refused`;
    case 'interrupted':
      return `${environment}: promotion interrupted`;
  }
}

export function verdictTable({ rules }: Verdict): Markdown[] {
  const rows = rules.map(({ rule, result, facts, cure }) => [rule, result, cure ? `${facts}; ${cure}` : facts]);
  return markdownTable({ headings: ['rule', 'verdict', 'facts'], rows });
}

function clusterTable(outcomes: ClusterOutcome[]): Markdown[] {
  const rows = outcomes.map((outcome) => [outcome.cluster, outcome.result, outcomeText(outcome)]);
  return markdownTable({ headings: ['cluster', 'result', 'what'], rows });
}

function outcomeText(outcome: ClusterOutcome): string {
  switch (outcome.result) {
    case 'promoted':
    case 'unchanged': {
      const sum = (field: 'created' | 'updated' | 'deleted' | 'unchanged') =>
        outcome.stages.reduce((total, stage) => total + stage[field], 0);
      const time = Math.round(outcome.stages.reduce((total, stage) => total + stage.seconds, 0) * 10) / 10;
      return `${sum('created')} created, ${sum('updated')} updated, ${sum('deleted')} deleted, ${sum('unchanged')} unchanged, all ready in ${time} s`;
    }
    case 'failed':
      return `${outcome.code}: ${outcome.reason}`;
    case 'not started':
      return `not started: ${outcome.reason}`;
  }
}

function shortText(outcome: ClusterOutcome): string {
  return outcome.result === 'failed' ? `failed (${outcome.code})` : outcomeText(outcome);
}

function seconds(started: string, finished: string): number {
  return Math.round((new Date(finished).getTime() - new Date(started).getTime()) / 100) / 10;
}
