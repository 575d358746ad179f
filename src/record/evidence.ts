import { DeliveryError, messageOf } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import type { DeliveryRecord } from './record.ts';

/** Reads a record that a promotion wrote; `file` is for the error. */
export function parseRecord(text: string, file: string): DeliveryRecord {
  try {
    const value = JSON.parse(text) as Partial<DeliveryRecord>;
    if (value.apiVersion !== 'istio-delivery/v1' || value.kind !== 'Promotion') {
      throw new Error(
        `expected a Promotion of istio-delivery/v1, got ${value.kind ?? 'no kind'} of ${value.apiVersion ?? 'no apiVersion'}`,
      );
    }
    return value as DeliveryRecord;
  } catch (error) {
    throw new DeliveryError(
      `evidence ${file} is not a record of a promotion: ${messageOf(error)}; give the file that promote wrote (its output "record")`,
      { code: 'RecordInvalid', kind: 'usage', cause: error },
    );
  }
}

/** What a record proves of its environment; nothing at all for another mesh. */
export function evidenceOf(record: DeliveryRecord, mesh: string): Evidence[] {
  if (record.mesh !== mesh) return [];
  const promoted = record.result === 'promoted' || record.result === 'unchanged';
  return [
    {
      environment: record.environment,
      source: 'record',
      bundle: record.bundle,
      promoted,
      // A promotion ends well only after everything in it became ready.
      healthy: promoted,
      at: record.finished,
      ...(promoted ? {} : { detail: `the record's result is ${record.result}` }),
    },
  ];
}
