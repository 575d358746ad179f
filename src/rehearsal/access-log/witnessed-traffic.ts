import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { ProbeResult } from '../../ports/probe-result.ts';
import type { ProbeRun } from '../../probe/probe-run.ts';
import { type AccessLogs, followAccessLogs } from './follow-access-logs.ts';
import { type LoggedTarget, nameWitnesses } from './name-witnesses.ts';

export interface WitnessedTraffic {
  /** Where the proxies are that carry it. */
  namespaces: readonly string[];
  asked: readonly LoggedTarget[];
  clock: Clock;
  signal: AbortSignal;
  /** Gets the logs as soon as they are read. */
  onLogs?: (logs: AccessLogs) => void;
  onBegin?: (soFar: () => ProbeResult) => void;
  start: (options: { onBegin: (soFar: () => ProbeResult) => void }) => Promise<ProbeRun>;
}

/** Traffic whose failed requests are told with the proxy that said so. */
export async function witnessedTraffic(cluster: Cluster, options: WitnessedTraffic): Promise<ProbeRun> {
  const { asked, signal, onBegin, start } = options;
  const logs = followAccessLogs(cluster, options);
  options.onLogs?.(logs);
  const witnessed = (result: ProbeResult): ProbeResult => ({
    ...result,
    failures: nameWitnesses(result.failures, asked, logs),
  });
  try {
    const run = await start({ onBegin: (soFar) => onBegin?.(() => witnessed(soFar())) });
    return {
      ...run,
      result: () => witnessed(run.result()),
      async stop() {
        const result = await run.stop();
        await logs.stop({ atOnce: signal.aborted || result.failures.length === 0 });
        return witnessed(result);
      },
    };
  } catch (error) {
    await logs.stop({ atOnce: true });
    throw error;
  }
}
