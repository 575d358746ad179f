import { DeliveryError } from '../../src/errors.ts';
import type { InfrastructureWatch } from '../../src/rehearsal/watch-infrastructure.ts';

/** Of a cluster below which nothing gives way. */
export function steadyWatch(): InfrastructureWatch {
  return {
    signal: new AbortController().signal,
    look: async () => undefined,
    lastWell: () => new Date(),
    stop: () => undefined,
  };
}

/** Of a cluster that turns out to be lost as soon as somebody looks. */
export function lostWatch(reason: string, lastWell = new Date()): InfrastructureWatch {
  const error = new DeliveryError(`the cluster of the rehearsal is lost: ${reason}`, { code: 'ClusterLost' });
  return { ...steadyWatch(), look: async () => error, lastWell: () => lastWell };
}
