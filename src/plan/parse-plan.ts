import { DeliveryError } from '../errors.ts';
import { type DocumentFault, readDocument } from '../mesh/read-document.ts';
import { isIntact, type Plan } from './plan.ts';
import { planSchema } from './plan-schema.ts';

/** Reads what `plan` wrote; `file` is for the error. A plan that was changed by hand is refused. */
export function parsePlan(text: string, file: string): Plan {
  const read = readDocument(text, planSchema, ['Plan']);
  if (read.kind !== 'read') throw invalid(file, read);
  if (isIntact(read.value)) return read.value;
  throw new DeliveryError(
    `plan ${file} does not have the digest it names (${read.value.digest}): it was changed; run plan again`,
    { code: 'PlanInvalid', kind: 'refused' },
  );
}

function invalid(file: string, { kind, reason }: DocumentFault): DeliveryError {
  const remedy = kind === 'broken' ? 'run plan again' : 'give the file that plan wrote (its output "plan")';
  return kind === 'other version'
    ? new DeliveryError(`plan ${file} cannot be read: ${reason}, or run plan again`, {
        code: 'PlanOfOtherVersion',
        kind: 'usage',
      })
    : new DeliveryError(`${file} is not a plan: ${reason}; ${remedy}`, { code: 'PlanInvalid', kind: 'usage' });
}
