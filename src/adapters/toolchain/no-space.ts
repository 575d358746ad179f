import { DeliveryError } from '../../errors.ts';

/** The error for a full disk; `subject` is what could not be written. */
export function noSpace(subject: string, folder: string, reason: string, cause?: unknown): DeliveryError {
  return new DeliveryError(
    `${subject} failed: no space left in ${folder} (${reason}); make room or set ISTIO_DELIVERY_HOME to another disk.`,
    { code: 'NoSpace', cause },
  );
}

/** Whether a file could not be written because the disk, or the quota, is full. */
export function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
