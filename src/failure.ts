import { inspect } from 'node:util';
import { DeliveryError, exitCodes, type FailureKind, isStop, messageOf } from './errors.ts';

/** How a failed run ends: what is said, what stands in the log behind it, and the exit code. */
export interface Failure {
  code: string;
  message: string;
  /** Causes of a failure, or the stack of a defect, a line each; empty when there is nothing more to say. */
  details: string[];
  retryable: boolean;
  kind: FailureKind;
  exitCode: number;
}

/** What is to be told of anything that was thrown out of a job that ran under `signal`. */
export function describeFailure(thrown: unknown, signal?: AbortSignal): Failure {
  if (thrown instanceof DeliveryError && thrown.kind === 'interrupted') return fromDeliveryError(thrown);
  // Whatever breaks while a run is being stopped (a child that was ended, an aborted request) is the stop itself.
  if (signal && isStop(thrown, signal) && signal.reason instanceof DeliveryError) {
    return { ...fromDeliveryError(signal.reason), details: causesOf({ cause: thrown }) };
  }
  if (thrown instanceof DeliveryError) return fromDeliveryError(thrown);
  const machine = machineError(thrown);
  if (machine !== undefined) return fromDeliveryError(machine);
  return {
    code: 'Defect',
    message: `istio-delivery failed (Defect): ${messageOf(thrown)}; this should not happen, please report it with the log`,
    details: [inspect(thrown)],
    retryable: false,
    kind: 'failed',
    exitCode: exitCodes.failed,
  };
}

const ofTheMachine: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on the disk that it names, or set TMPDIR and ISTIO_DELIVERY_HOME to another one',
  EDQUOT: 'make room in the quota of the disk that it names, or set TMPDIR and ISTIO_DELIVERY_HOME to another one',
  EROFS: 'give it a folder that can be written, or set TMPDIR and ISTIO_DELIVERY_HOME to one',
  EMFILE: 'allow the process more open files (ulimit -n)',
  ENFILE: 'allow the machine more open files (fs.file-max)',
};

/** What the machine has run out of is no defect, wherever it was met. */
function machineError(thrown: unknown): DeliveryError | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const cure = ofTheMachine[code];
  if (cure === undefined) return undefined;
  return new DeliveryError(`The machine refused a file (${code}): ${messageOf(thrown)}; ${cure}`, {
    code: 'MachineExhausted',
    cause: thrown,
  });
}

function fromDeliveryError(error: DeliveryError): Failure {
  const { code, message, retryable, kind } = error;
  return { code, message, details: causesOf(error), retryable, kind, exitCode: exitCodes[kind] };
}

function causesOf(thrown: { cause?: unknown }): string[] {
  const lines: string[] = [];
  for (let cause = thrown.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(`caused by: ${messageOf(cause)}`);
  }
  return lines;
}
