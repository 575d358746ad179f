import type { ProbeResult } from '../ports/probe-result.ts';
import { blankLine, type Markdown, markdown, markdownTable } from '../text/markdown.ts';
import { textTable } from '../text/text-table.ts';
import { foldedRows } from './folded-rows.ts';
import { latencyChart } from './latency-chart.ts';
import {
  answerRows,
  checkRows,
  factsText,
  failureRows,
  measurementRows,
  metricRows,
  thresholdRows,
} from './probe-rows.ts';
import { boundedRows, type Rows } from './upgrade-rows.ts';

/** A step summary holds a megabyte; a terminal shows less at once. */
const mostInSummary = 100;
const mostInText = 10;

/** What a probe has measured, for a step summary. */
export function probeMarkdown(probe: ProbeResult): Markdown[] {
  const { verdict, thresholds, phases, failures, answers, metrics, checks } = probe;
  return [
    markdown`**Traffic: ${verdict.result}**, ${factsText(probe)}`,
    blankLine,
    ...markdownReasons(verdict.reasons),
    ...markdownTable(measurementRows(phases)),
    ...markdownTable(thresholdRows(thresholds)),
    ...latencyChart(probe),
    ...foldedRows('Failed requests', failureRows(failures), mostInSummary),
    ...foldedRows('Answers that changed', answerRows(answers), mostInSummary),
    ...foldedRows('Prometheus', metricRows(metrics)),
    ...markdownTable(checkRows(checks)),
  ];
}

/** What a probe has measured, for a terminal. */
export function probeLines(probe: ProbeResult): string[] {
  const { verdict, thresholds, phases, failures, answers, metrics, checks } = probe;
  return [
    `traffic: ${verdict.result}: ${factsText(probe)}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    ...tableLines(measurementRows(phases)),
    ...tableLines(thresholdRows(thresholds)),
    ...tableLines(boundedRows(failureRows(failures), mostInText)),
    ...tableLines(boundedRows(answerRows(answers), mostInText)),
    ...tableLines(metricRows(metrics)),
    ...tableLines(checkRows(checks)),
  ];
}

export function markdownReasons(reasons: readonly string[]): Markdown[] {
  return reasons.length === 0 ? [] : [...reasons.map((reason) => markdown`- ${reason}`), blankLine];
}

/** A table, two spaces in; nothing for one without rows. */
export function tableLines({ headings, rows }: Rows): string[] {
  if (rows.length === 0) return [];
  return textTable(headings, rows).map((line) => `  ${line}`);
}
