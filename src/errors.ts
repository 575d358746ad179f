/** How a run ends for its caller: the exit codes of the command line and of every action. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;

export type FailureKind = 'failed' | 'usage' | 'refused' | 'interrupted';

export interface ErrorDetails {
  /** Stable name of the failure, for machines: `ChecksumMismatch`, `FieldManagerConflict`. */
  code: string;
  /** Decides the exit code; `failed` where nothing else is said. */
  kind?: FailureKind;
  /** Whether the same call can succeed later without anybody changing anything. */
  retryable?: boolean;
  cause?: unknown;
  /**
   * What to do about it where the change was meant for an environment; the message ends with it. A sentence of its own
   * begins with a capital letter.
   */
  remedy?: string;
}

/**
 * The one error that is thrown on purpose. Its message reads *subject, verb, reason, cure*;
 * anything else that reaches an entry is a defect and is printed with its stack.
 */
export class DeliveryError extends Error {
  readonly code: string;
  readonly kind: FailureKind;
  readonly retryable: boolean;
  /** The message without `remedy`, for whoever has another one. */
  readonly reason: string;
  readonly remedy: string | undefined;

  constructor(reason: string, details: ErrorDetails) {
    super(withRemedy(reason, details.remedy), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DeliveryError';
    this.reason = reason;
    this.remedy = details.remedy;
    this.code = details.code;
    this.kind = details.kind ?? 'failed';
    this.retryable = details.retryable ?? false;
  }
}

function withRemedy(reason: string, remedy: string | undefined): string {
  if (remedy === undefined) return reason;
  return `${reason}${/^[A-Z]/.test(remedy) ? '.' : ';'} ${remedy}`;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Why it was thrown, and nothing of what to do about it in an environment. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof DeliveryError ? thrown.reason : messageOf(thrown);
}

/** The error of a run that was told to stop. */
export function interruptedError(message: string, cause?: unknown): DeliveryError {
  return new DeliveryError(message, {
    code: 'Interrupted',
    kind: 'interrupted',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether the stop of the run is what was thrown, or broke what was: a child that was ended, a request that was cut off. */
export function isStop(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return !(thrown instanceof DeliveryError) || thrown.kind === 'failed' || thrown.kind === 'interrupted';
}
