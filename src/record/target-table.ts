import type { ProbePhase, TargetMeasurement } from '../ports/probe-result.ts';
import { baselinePhase } from '../probe/baseline-phase.ts';
import { type Html, html, htmlLines, noHtml } from '../text/html.ts';
import { measurementOf, millisecondsText, numberText, targetsOf } from './probe-rows.ts';

type Measure = Exclude<keyof TargetMeasurement, 'target'>;

const measures: [measure: Measure, title: string][] = [
  ['requests', 'requests'],
  ['failed', 'failed'],
  ['resets', 'resets'],
  ['throughput', 'answered, /s'],
  ['p50', 'p50, ms'],
  ['p90', 'p90, ms'],
  ['p99', 'p99, ms'],
  ['max', 'max, ms'],
];
const latencies: Measure[] = ['p50', 'p90', 'p99', 'max'];

/** Every target with its measures, the phases side by side; latencies say how many times those of the baseline they are. */
export function targetTable(phases: readonly ProbePhase[]): Html {
  const targets = targetsOf(phases);
  if (targets.length === 0) return noHtml;
  const head = phases.map(({ name }) => html`<th scope="col" class="number">${name}</th>`);
  const bodies = targets.map((target) => targetRows(target, phases));
  return html`<h3>Targets</h3>
<div class="scroll" tabindex="0"><table class="targets"><thead><tr><th scope="col">measure</th>${head}</tr></thead>
${htmlLines(bodies)}
</table></div>`;
}

function targetRows(target: string, phases: readonly ProbePhase[]): Html {
  const measured = phases.map((phase) => measurementOf(phase, target));
  const baseline = measured[phases.findIndex(({ name }) => name === baselinePhase)];
  const rows = measures.map(([measure, title]) => {
    const cells = measured.map((measurement) => cellOf(measurement, measure, baseline));
    return html`<tr><th scope="row">${title}</th>${cells}</tr>`;
  });
  return html`<tbody><tr><th scope="rowgroup" colspan="${phases.length + 1}">${target}</th></tr>
${htmlLines(rows)}</tbody>`;
}

function cellOf(
  measurement: TargetMeasurement | undefined,
  measure: Measure,
  baseline: TargetMeasurement | undefined,
): Html {
  if (measurement === undefined) return html`<td class="number">–</td>`;
  const value = measurement[measure];
  if (!latencies.includes(measure)) {
    const isLoss = (measure === 'failed' || measure === 'resets') && value > 0;
    return html`<td class="${isLoss ? 'number bad' : 'number'}">${numberText(value)}</td>`;
  }
  if (measurement.requests === 0) return html`<td class="number">–</td>`;
  const change = baseline && baseline !== measurement ? changeText(value, baseline[measure]) : noHtml;
  return html`<td class="number">${millisecondsText(value)}${change}</td>`;
}

/** How many times as long it takes; what differs by less than a fifth is noise. */
function changeText(value: number, before: number): Html {
  const times = before > 0 ? value / before : 1;
  if (times > 0.8 && times < 1.2) return noHtml;
  return html` <span class="faint">×${times.toFixed(times < 10 ? 1 : 0)}</span>`;
}
