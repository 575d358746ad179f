import { DeliveryError, messageOf } from '../../errors.ts';
import type { InfrastructureTrouble } from '../../ports/infrastructure.ts';
import { connectCluster } from './connect-cluster.ts';
import type { KubeconfigSource } from './kubeconfig-connection.ts';

/** Milliseconds within which an API server answers that is alive. */
const patience = 10_000;

/** Why an API server cannot be spoken to; undefined where it gives any answer. It may be back a moment later. */
export async function apiServerTrouble(
  source: KubeconfigSource,
  signal: AbortSignal,
  within = patience,
): Promise<InfrastructureTrouble | undefined> {
  const late = AbortSignal.timeout(within);
  const cluster = connectCluster({ ...source, name: source.context, signal: AbortSignal.any([signal, late]) });
  try {
    await cluster.identity();
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (late.aborted) return { reason: `API server gave no answer within ${within / 1000} s`, certain: false };
    if (error instanceof DeliveryError && error.code !== 'ClusterUnreachable') return undefined;
    return { reason: messageOf(error), certain: false };
  }
}
