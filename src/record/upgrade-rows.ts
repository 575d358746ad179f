import type { StepEntry } from '../plan/open-upgrade.ts';
import { count } from '../plan/report/words.ts';
import { durationText } from '../upgrade/duration-text.ts';
import type { Journal, NamespaceEntry, Skipped } from '../upgrade/journal.ts';
import type { PreflightFinding } from '../upgrade/preflight/preflight.ts';
import { stepTitle } from '../upgrade/upgrade-progress.ts';

/** A table as every report shows it: headings and rows of plain text. */
export interface Rows {
  headings: string[];
  rows: string[][];
}

/** The first so many rows; a last one says how many more there are. */
export function boundedRows({ headings, rows }: Rows, most: number): Rows {
  if (rows.length <= most) return { headings, rows };
  const rest = [`and ${rows.length - most} more`, ...headings.slice(1).map(() => '')];
  return { headings, rows: [...rows.slice(0, most), rest] };
}

/** The steps, numbered as the plot numbers them. */
export function stepRows({ steps, failure }: Journal): Rows {
  return {
    headings: ['#', 'step', 'status', 'started', 'took'],
    rows: steps.map((entry, index) => [
      String(index + 1),
      stepTitle(entry.step),
      failure?.step === entry.step ? `${entry.status}, failed` : entry.status,
      entry.started === undefined ? '' : timeText(entry.started),
      tookText(entry),
    ]),
  };
}

/** Why an upgrade that is open does not go on, as its journal has it; undefined where `told` is that already. */
export function journalFailure({ state, failure }: Journal, told: string | undefined): string | undefined {
  if (state !== 'open' || failure === undefined || failure.reason === told) return undefined;
  const { step, code, reason, at } = failure;
  const word = code === 'Interrupted' || code === 'UpgradePaused' ? 'stopped' : 'failed';
  return `step ${stepTitle(step)} ${word} at ${at} (${code}): ${reason}`;
}

/** Every namespace that was begun, by its group. */
export function namespaceRows({ groups }: Journal): Rows {
  return {
    headings: ['group', 'namespace', 'state', 'workloads', 'skipped'],
    rows: Object.entries(groups).flatMap(([group, namespaces]) =>
      Object.entries(namespaces).map(([namespace, { state, workloads, skipped }]) => [
        group,
        namespace,
        state,
        String(workloads),
        skipped.length === 0 ? '' : String(skipped.length),
      ]),
    ),
  };
}

/** How far each group is, in a line: `main: 2 of 3 namespaces, 37 workloads`. */
export function groupLines({ groups, direction }: Journal): string[] {
  const through: NamespaceEntry['state'] = direction === 'back' ? 'moved back' : 'moved';
  return Object.entries(groups).map(([group, namespaces]) => {
    const entries = Object.values(namespaces);
    const done = entries.filter(({ state }) => state === through);
    const workloads = done.reduce((sum, entry) => sum + entry.workloads, 0);
    return `${group}: ${done.length} of ${entries.length} namespaces ${through}, ${count(workloads, 'workload')}`;
  });
}

/** What was left to its owners, first what holds the old revision. */
export function skippedRows(journal: Journal): Rows {
  const skipped = skippedOf(journal).toSorted(
    (left, right) => Number(right.holdsOldRevision) - Number(left.holdsOldRevision),
  );
  return {
    headings: ['object', 'why', 'what its owner must do', 'holds up finish'],
    rows: skipped.map(({ object, reason, cure, holdsOldRevision }) => [
      object,
      reason,
      cure,
      holdsOldRevision ? 'yes' : 'no',
    ]),
  };
}

export function skippedOf({ groups }: Journal): Skipped[] {
  return Object.values(groups).flatMap((namespaces) => Object.values(namespaces).flatMap(({ skipped }) => skipped));
}

/** What preflight found. */
export function findingRows(findings: readonly PreflightFinding[]): Rows {
  return {
    headings: ['check', 'level', 'object', 'what', 'cure'],
    rows: findings.map(({ check, level, object = '', reason, cure, waived }) => [
      check,
      waived === undefined ? level : 'waived',
      object,
      reason,
      waived === undefined ? cure : `waived: ${waived}`,
    ]),
  };
}

/** The time of day, in UTC: `14:03:07`. */
export function timeText(time: string): string {
  return time.slice(11, 19);
}

function tookText({ status, started, finished, soakUntil }: StepEntry): string {
  if (status === 'running' && soakUntil !== undefined) return `soaks until ${timeText(soakUntil)}`;
  if (started === undefined || finished === undefined) return '';
  return durationText(new Date(finished).getTime() - new Date(started).getTime());
}
