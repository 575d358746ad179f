import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { ProcessHealth } from '../../local/istiod-status.ts';

/** How a process ended, or why it never began. */
export interface ProcessEnd extends Pick<ProcessHealth, 'crash'> {
  reason: string;
}

/** When the istiod's process has ended. */
export function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ reason: `the istiod process could not be started: ${error.message}` }));
    child.once('exit', (code, signal) =>
      resolve({
        reason: `the istiod process ended with ${signal === null ? `exit code ${code}` : signal}`,
        // As a kubelet counts signals.
        crash: { exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) },
      }),
    );
  });
}
