import type { ProbeResult } from '../ports/probe-result.ts';
import { textTable } from '../text-table.ts';
import { latencyChart } from './latency-chart.ts';
import { escapeCell, folded, markdownTable } from './markdown-text.ts';
import { checkRows, factsText, failureRows, measurementRows, metricRows } from './probe-rows.ts';
import { boundedRows, type Rows } from './upgrade-rows.ts';

/** A step summary holds a megabyte; a terminal shows less at once. */
const mostInSummary = 100;
const mostInText = 10;

/** What a probe has measured, for a step summary. */
export function probeMarkdown(probe: ProbeResult): string[] {
  const { verdict, phases, failures, metrics, checks } = probe;
  return [
    `**Traffic: ${verdict.result}**, ${factsText(probe)}`,
    '',
    ...markdownReasons(verdict.reasons),
    ...markdownTable(measurementRows(phases)),
    ...latencyChart(probe),
    ...folded('Failed requests', failureRows(failures), mostInSummary),
    ...folded('Prometheus', metricRows(metrics)),
    ...markdownTable(checkRows(checks)),
  ];
}

/** What a probe has measured, for a terminal. */
export function probeLines(probe: ProbeResult): string[] {
  const { verdict, phases, failures, metrics, checks } = probe;
  return [
    `traffic: ${verdict.result}: ${factsText(probe)}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    ...tableLines(measurementRows(phases)),
    ...tableLines(boundedRows(failureRows(failures), mostInText)),
    ...tableLines(metricRows(metrics)),
    ...tableLines(checkRows(checks)),
  ];
}

export function markdownReasons(reasons: readonly string[]): string[] {
  return reasons.length === 0 ? [] : [...reasons.map((reason) => `- ${escapeCell(reason)}`), ''];
}

/** A table, two spaces in; nothing for one without rows. */
export function tableLines({ headings, rows }: Rows): string[] {
  if (rows.length === 0) return [];
  return textTable(headings, rows)
    .split('\n')
    .map((line) => `  ${line}`);
}
