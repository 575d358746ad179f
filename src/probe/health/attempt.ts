import { DeliveryError, isStop } from '../../errors.ts';

/** What was asked for, or why it cannot be known. */
export type Known<T> = { kind: 'known'; value: T } | { kind: 'unknown'; reason: string };

/** Asks for something that this account may have no right to, or that may not answer. */
export async function attempt<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { kind: 'known', value: await ask() };
  } catch (error) {
    if (!(error instanceof DeliveryError) || isStop(error, signal)) throw error;
    return { kind: 'unknown', reason: error.message };
  }
}

/** Why things are not known, each reason once. */
export function reasonsOf(...asked: readonly (Known<unknown> | undefined)[]): string[] {
  return [...new Set(asked.flatMap((each) => (each?.kind === 'unknown' ? [each.reason] : [])))];
}

/** What is known, or nothing. */
export function valueOf<T>(asked: Known<T> | undefined): T | undefined {
  return asked?.kind === 'known' ? asked.value : undefined;
}
