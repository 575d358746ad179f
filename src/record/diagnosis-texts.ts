import { textTable } from '../text/text-table.ts';
import { failureRows } from './probe-rows.ts';
import type { RehearsalRecord } from './rehearsal-record.ts';
import { rehearsalTitle } from './rehearsal-summary.ts';
import { boundedRows, type Rows } from './upgrade-rows.ts';

/** Failed requests that an index shows; a file beside it has all of them. */
const mostInIndex = 10;

/** What the index of a rehearsal's diagnostics begins with: how it ended, why, and what failed first. */
export function diagnosisTitle(record: RehearsalRecord): string[] {
  const { cluster, from, to, parts, reasons, probe } = record;
  return [
    rehearsalTitle(record),
    '',
    ...reasons.map((reason) => `  ${reason}`),
    '',
    `cluster ${cluster}`,
    ...(from ? [`from ${from.bundle}`] : []),
    `to   ${to.bundle}`,
    `parts: ${parts.map(({ name, result }) => `${name} ${result}`).join(', ')}`,
    ...(probe && probe.failures.length > 0
      ? ['', 'First failed requests:', ...rowLines(boundedRows(failureRows(probe.failures), mostInIndex))]
      : []),
  ];
}

/** Every failed request, and what the proxies logged of all that failed; undefined where there is nothing of either. */
export function failedRequestsText({ probe }: RehearsalRecord, logged: readonly string[]): string | undefined {
  const failures = probe?.failures ?? [];
  if (failures.length === 0 && logged.length === 0) return undefined;
  return [
    'Requests that failed, by second (UTC):',
    ...(failures.length === 0 ? ['  none'] : rowLines(failureRows(failures))),
    '',
    'What proxies logged of requests that failed, each with its pod:',
    ...(logged.length === 0 ? ['  nothing'] : logged.map((line) => `  ${line}`)),
  ].join('\n');
}

/** When the first of them was sent. */
export function firstFailure({ probe }: RehearsalRecord): Date | undefined {
  const [first] = probe?.failures ?? [];
  return first && new Date(first.at);
}

/** The pods whose proxies failed requests, by namespace and name. */
export function accusedProxies({ probe }: RehearsalRecord): string[] {
  return [...new Set((probe?.failures ?? []).flatMap(({ said }) => (said?.kind === 'proxy' ? [said.proxy] : [])))];
}

function rowLines({ headings, rows }: Rows): string[] {
  return textTable(headings, rows).map((line) => `  ${line}`);
}
