import { z } from 'zod';
import type { ShapeOf } from '../mesh/read-document.ts';

/**
 * A process that was started here. The start time tells it from a later process with the same, recycled pid;
 * nothing is ever signalled whose start time differs.
 */
export interface ProcessRecord {
  name: string;
  pid: number;
  /** Opaque: equal for equal processes, across this machine's boots. */
  startedAt: string;
}

export const processRecordSchema: z.ZodType<ProcessRecord> = z.looseObject({
  name: z.string(),
  // Zero and negative ones are groups of processes to whoever sends a signal.
  pid: z.int().min(1, { error: 'the id of a process' }),
  startedAt: z.string().min(1),
} satisfies ShapeOf<ProcessRecord>);

/** Whether a pid still is the process that was written down, given the start time that the pid has now. */
export function isSameProcess(record: ProcessRecord, startedAt: string | undefined): boolean {
  return startedAt !== undefined && startedAt === record.startedAt;
}

/** Start time from the text of `/proc/<pid>/stat`; the command in it may hold blanks and parentheses. */
export function startTimeOfStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended: only its parent has not looked yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return fields[19];
}
