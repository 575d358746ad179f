import { DeliveryError } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import { readDocument } from '../mesh/read-document.ts';
import type { DeliveryRecord } from './record.ts';
import { recordSchema } from './record-schema.ts';
import { looksOnly, type UpgradeRecord } from './upgrade-record.ts';

/** Reads a record that a promotion or an upgrade wrote; `file` is for the error. */
export function parseRecord(text: string, file: string): DeliveryRecord | UpgradeRecord {
  const read = readDocument(text, recordSchema, ['Promotion', 'Upgrade']);
  if (read.kind === 'read') return read.value;
  const reason =
    read.got === 'Rehearsal'
      ? 'it is of a Rehearsal, which ran in a cluster of its own and proves nothing of an environment'
      : read.reason;
  throw new DeliveryError(
    `evidence ${file} is not a record of a promotion or an upgrade: ${reason}; give the file that promote or upgrade wrote (its output "record")`,
    { code: read.kind === 'other version' ? 'RecordOfOtherVersion' : 'RecordInvalid', kind: 'usage' },
  );
}

/** What a record proves of its environment; nothing at all for another mesh. */
export function evidenceOf(record: DeliveryRecord | UpgradeRecord, mesh: string): Evidence[] {
  if (record.mesh !== mesh) return [];
  const promoted = endedWell(record);
  return [
    {
      environment: record.environment,
      source: 'record',
      bundle: record.kind === 'Upgrade' ? record.to.bundle : record.bundle,
      promoted,
      // Both end well only after everything in them became ready.
      healthy: promoted,
      at: record.finished,
      ...(promoted ? {} : { detail: detailOf(record) }),
    },
  ];
}

function endedWell(record: DeliveryRecord | UpgradeRecord): boolean {
  if (record.kind === 'Promotion') {
    return (record.result === 'promoted' || record.result === 'unchanged') && openDuring(record) === undefined;
  }
  return record.result === 'finished' && !looksOnly(record);
}

/** The upgrade that was open while configuration was promoted: where the mesh ends up was not known yet. */
function openDuring({ clusters }: DeliveryRecord): string | undefined {
  return clusters.flatMap((outcome) => ('during' in outcome ? (outcome.during ?? []) : []))[0];
}

function detailOf(record: DeliveryRecord | UpgradeRecord): string {
  const during = record.kind === 'Promotion' ? openDuring(record) : undefined;
  if (during !== undefined) return `only configuration was promoted, while upgrade ${during} was open`;
  return `the record's result is ${record.result}${commandOf(record)}`;
}

function commandOf(record: DeliveryRecord | UpgradeRecord): string {
  return record.kind === 'Upgrade' ? `, of upgrade ${record.command}` : '';
}
