import type { ProbeResult } from '../ports/probe-result.ts';
import { type Html, html, htmlLines, noHtml } from '../text/html.ts';
import { durationText } from '../upgrade/duration-text.ts';
import { htmlParagraph, htmlSection } from './html-parts.ts';
import { latencyPlot, plotStep } from './latency-plot.ts';
import type { Band } from './plot-frame.ts';
import { answerRows, checkRows, factsText, failureRows, metricRows, thresholdRows } from './probe-rows.ts';
import { targetTable } from './target-table.ts';
import { boundedRows } from './upgrade-rows.ts';

/** Rows of failed requests, and of changed answers, that a page shows; the record has more of them. */
const mostFailures = 200;

/** What a probe has measured: its plot under lanes of what happened meanwhile, its targets, and what failed. */
export function probeParts(probe: ProbeResult, lanes: readonly (readonly Band[])[]): Html[] {
  return [
    htmlParagraph(factsText(probe)),
    htmlReasons(probe.verdict.result, probe.verdict.reasons),
    latencyFigure(probe, lanes),
    targetTable(probe.phases),
    htmlSection('By what it is judged', thresholdRows(probe.thresholds)),
    htmlSection('Failed requests', boundedRows(failureRows(probe.failures), mostFailures)),
    htmlSection('Answers that changed', boundedRows(answerRows(probe.answers), mostFailures)),
    htmlSection('Prometheus', metricRows(probe.metrics)),
    htmlSection('Checks', checkRows(probe.checks)),
  ];
}

/** Why a verdict is what it is, a line each. */
export function htmlReasons(result: ProbeResult['verdict']['result'], reasons: readonly string[]): Html {
  if (reasons.length === 0) return noHtml;
  const items = reasons.map((reason) => html`<li>${reason}</li>`);
  return html`<ul class="reasons ${verdictLook(result)}-edge">\n${htmlLines(items)}\n</ul>`;
}

export function verdictLook(result: ProbeResult['verdict']['result']): 'good' | 'bad' | 'open' {
  switch (result) {
    case 'pass':
      return 'good';
    case 'fail':
      return 'bad';
    case 'inconclusive':
      return 'open';
  }
}

/** The phases, in the order of the columns of the table. */
export function phaseBands({ phases }: ProbeResult): Band[] {
  return phases.map(({ name, from, to }, index) => ({
    number: index + 1,
    name,
    title: `${index + 1} ${name}`,
    from: new Date(from),
    to: new Date(to),
  }));
}

function latencyFigure(probe: ProbeResult, lanes: readonly (readonly Band[])[]): Html {
  const [wide, narrow] = [latencyPlot(probe, lanes, 1000), latencyPlot(probe, lanes, 380)];
  if (wide === undefined || narrow === undefined) return noHtml;
  const targets = Object.keys(probe.seconds).length;
  const over = targets === 1 ? 'of the one target' : `of ${targets} targets together`;
  return html`<figure>
<figcaption>Latency ${over}, on a logarithmic scale over time (UTC); above, what happened meanwhile, by the numbers of the tables; below, the requests that failed, and the time in which nothing was asked.</figcaption>
<ul class="legend">
<li><span class="swatch latency-p50"></span>p50, the median of the targets</li>
<li><span class="swatch latency-p99"></span>p99, the slowest target</li>
<li><span class="swatch latency-max"></span>max</li>
</ul>
<div class="wide">${wide}${stepNote(probe, 1000)}</div>
<div class="narrow">${narrow}${stepNote(probe, 380)}</div>
</figure>`;
}

function stepNote(probe: ProbeResult, width: number): Html {
  const step = plotStep(probe, width);
  return step <= 1000
    ? noHtml
    : html`<p class="faint">A point stands for ${durationText(step)}, and for the worst second of them.</p>`;
}
