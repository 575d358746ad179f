import { readFileSync } from 'node:fs';

/** Whether a process has ended; one that nobody has asked for its exit code has. */
export function isGone(pid: number): boolean {
  try {
    if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return true;
  } catch {
    // There is no /proc, or no such process in it.
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
