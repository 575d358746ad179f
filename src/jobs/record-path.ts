import { readTextFile } from '../adapters/files/text-files.ts';
import type { Environment } from '../mesh/environment.ts';
import { idleWord, isWorthKeeping } from '../record/idle-record.ts';
import type { DeliveryRecord } from '../record/record.ts';
import type { UpgradeRecord } from '../record/upgrade-record.ts';
import type { JobResult } from './job.ts';

type Kind = 'promotion' | 'upgrade' | 'rehearsal';

/** The file that a record is written to where none is named: one for each environment and kind. */
export function defaultRecordPath(kind: Kind, { name }: Pick<Environment, 'name'>): string {
  return `${kind}-${name}.json`;
}

/**
 * Where a record goes: the file that is meant for it, but for a run that changed nothing. That one leaves the record
 * of a run that did, which is evidence, and stands beside it as `…-refused.json`.
 */
export async function recordPath(wanted: string, record: DeliveryRecord | UpgradeRecord): Promise<string> {
  const word = idleWord(record);
  if (word === undefined) return wanted;
  return (await holdsRecord(wanted)) ? besideOf(wanted, word) : wanted;
}

/** Names the record that was left as evidence, unless its run changed nothing. */
export function withEvidence<O extends string>(
  left: JobResult<O | 'record' | 'evidence'>,
  record: DeliveryRecord | UpgradeRecord,
): JobResult<O | 'record' | 'evidence'> {
  const evidence = idleWord(record) === undefined ? left.outputs.record : '';
  return { ...left, outputs: { ...left.outputs, evidence } };
}

function besideOf(path: string, word: string): string {
  return path.endsWith('.json') ? `${path.slice(0, -'.json'.length)}-${word}.json` : `${path}-${word}`;
}

async function holdsRecord(path: string): Promise<boolean> {
  try {
    return isWorthKeeping(await readTextFile(path, 'record'));
  } catch {
    return false;
  }
}
