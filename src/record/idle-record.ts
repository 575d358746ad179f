import { readDocument } from '../mesh/read-document.ts';
import type { DeliveryRecord } from './record.ts';
import { recordSchema } from './record-schema.ts';
import { looksOnly, type UpgradeRecord } from './upgrade-record.ts';

/** What became of a run that changed nothing, in a word: it ends the name of its record. Undefined where it changed something. */
export function idleWord(record: DeliveryRecord | UpgradeRecord): string | undefined {
  if (record.kind === 'Upgrade' && looksOnly(record)) return record.command;
  const clusters: readonly { result: string; untouched?: true }[] = record.clusters;
  const isIdle =
    record.result !== 'unchanged' &&
    clusters.every(({ result, untouched }) => result === 'not started' || result === 'unchanged' || untouched === true);
  return isIdle ? record.result.replace(' ', '-') : undefined;
}

/** Whether the text is a record of a run that changed something. */
export function isWorthKeeping(text: string): boolean {
  const read = readDocument(text, recordSchema, ['Promotion', 'Upgrade']);
  return read.kind === 'other version' || (read.kind === 'read' && idleWord(read.value) === undefined);
}
