import { inspect } from 'node:util';
import { DeliveryError, exitCodes, messageOf } from './errors.ts';

/** How a failed run ends: what is said, what stands in the log behind it, and the exit code. */
export interface Failure {
  code: string;
  message: string;
  /** Causes of a failure, or the stack of a defect; empty when there is nothing more to say. */
  details: string;
  retryable: boolean;
  exitCode: number;
}

/** What is to be told of anything that was thrown out of a job that ran under `signal`. */
export function describeFailure(thrown: unknown, signal?: AbortSignal): Failure {
  // Whatever breaks while a run is being stopped (a child that was ended, an aborted request) is the stop itself.
  if (signal?.aborted === true && signal.reason instanceof DeliveryError && isAftermath(thrown)) {
    return {
      ...fromDeliveryError(signal.reason),
      details: thrown === signal.reason ? '' : causesOf({ cause: thrown }),
    };
  }
  if (thrown instanceof DeliveryError) return fromDeliveryError(thrown);
  return {
    code: 'Defect',
    message: `istio-delivery failed (Defect): ${messageOf(thrown)}; this should not happen, please report it with the log`,
    details: inspect(thrown),
    retryable: false,
    exitCode: exitCodes.failed,
  };
}

function isAftermath(thrown: unknown): boolean {
  return !(thrown instanceof DeliveryError) || thrown.kind === 'failed' || thrown.kind === 'interrupted';
}

function fromDeliveryError(error: DeliveryError): Failure {
  const { code, message, retryable, kind } = error;
  return { code, message, details: causesOf(error), retryable, exitCode: exitCodes[kind] };
}

function causesOf(thrown: { cause?: unknown }): string {
  const lines: string[] = [];
  for (let cause = thrown.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(`caused by: ${messageOf(cause)}`);
  }
  return lines.join('\n');
}
