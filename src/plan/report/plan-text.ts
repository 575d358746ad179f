import type { Block } from './blocks.ts';
import type { PlanReport } from './plan-report.ts';
import { boundedLines, fitSections, type Section } from './sections.ts';

export interface TextOptions {
  /** Bytes that the changes may take; all of them where it is left out. */
  limit?: number;
  /** File that has all of it, for what is cut. */
  file?: string;
}

/** The plan as a text, a line each: a diff that a terminal or an editor colours. */
export function planText(
  report: PlanReport,
  { limit = Number.POSITIVE_INFINITY, file = '' }: TextOptions = {},
): string[] {
  const { title, digest, bundle, verdict, clusters, open, problems, upgrade, warnings, left, footnotes } = report;
  const changes = report.changes.length;
  const { sections, cut } = fitSections([...report.changes, ...report.differences], limit);
  return [
    title,
    `Plan digest ${digest}`,
    `Bundle ${bundle}`,
    verdict,
    ...clusters.map((line) => `  ${line}`),
    '',
    ...titled('An upgrade is open', open),
    ...titled('Problems', boundedLines(problems, limit)),
    ...sections.slice(0, changes).flatMap(sectionLines),
    ...titled('How the upgrade goes', upgrade),
    ...titled('Warnings of the API server', boundedLines(warnings, limit)),
    ...titled('Fields left to others', boundedLines(left, limit)),
    ...sections.slice(changes).flatMap(sectionLines),
    ...footnotes,
    ...(cut.length > 0 ? [`Left out here: ${cut.join(' and ')}; ${file} has all of it.`] : []),
    verdict,
    `Plan digest ${digest}`,
  ];
}

function titled(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`@@ ${title} @@`, ...lines, ''];
}

function sectionLines(section: Section): string[] {
  return [`@@ ${sectionTitle(section)} @@`, ...section.blocks.flatMap(blockLines), ''];
}

export function sectionTitle({ title, risky }: Section): string {
  return risky ? `Look at this first: ${title}` : title;
}

export function blockLines({ head, body }: Block): string[] {
  return [head, ...body];
}
