import { DeliveryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Infrastructure, InfrastructureTrouble } from '../ports/infrastructure.ts';

/** Looks after the ground of a cluster while something is done in it. */
export interface InfrastructureWatch {
  /** Aborted when the cluster is lost, with `ClusterLost` as its reason: nothing in it is waited for any more. */
  readonly signal: AbortSignal;
  /** Looks at once, for as long as it takes to be sure; the error of a cluster that is lost. */
  look(): Promise<DeliveryError | undefined>;
  /** When all of it was seen to work last. */
  lastWell(): Date;
  stop(): void;
}

export interface InfrastructureWatchOptions {
  clock: Clock;
  /** Milliseconds between two looks. */
  every?: number;
  /** Milliseconds of silence after which a cluster is lost: an API server that starts anew takes less. */
  silence?: number;
}

const defaults = { every: 5_000, silence: 30_000 };

/** Milliseconds between two looks at what was silent, where somebody waits for the answer. */
const again = 1_000;

export function watchInfrastructure(
  infrastructure: Infrastructure,
  options: InfrastructureWatchOptions,
): InfrastructureWatch {
  const { clock, every = defaults.every, silence = defaults.silence } = options;
  const lost = new AbortController();
  const stopped = new AbortController();
  let wellAt = clock.monotonic();
  let lastWell = clock.now();
  let looking: Promise<InfrastructureTrouble | undefined> | undefined;

  /** Whoever asks while somebody looks gets the same answer. */
  function lookOnce(): Promise<InfrastructureTrouble | undefined> {
    looking ??= judged().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function judged(): Promise<InfrastructureTrouble | undefined> {
    const [begun, at] = [clock.monotonic(), clock.now()];
    const trouble = await infrastructure.trouble(stopped.signal);
    if (stopped.signal.aborted) return undefined;
    if (trouble === undefined) [wellAt, lastWell] = [begun, at];
    else if (trouble.certain || clock.monotonic() - wellAt >= silence) lost.abort(clusterLost(trouble.reason));
    return trouble;
  }

  async function keepLooking(): Promise<void> {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      await clock.sleep(every, stopped.signal).catch(() => undefined);
      if (!stopped.signal.aborted) await lookOnce();
    }
  }

  void keepLooking();
  return {
    signal: lost.signal,
    lastWell: () => lastWell,
    stop: () => stopped.abort(),
    async look() {
      while (!lost.signal.aborted) {
        // One that was begun before may have seen what is no longer so.
        await looking;
        if (lost.signal.aborted) break;
        if ((await lookOnce()) === undefined) return undefined;
        if (!lost.signal.aborted) await clock.sleep(again, stopped.signal);
      }
      return lost.signal.reason as DeliveryError;
    },
  };
}

function clusterLost(reason: string): DeliveryError {
  return new DeliveryError(`the cluster of the rehearsal is lost: ${reason}`, { code: 'ClusterLost' });
}
