import { createInterface } from 'node:readline';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { PodContainer } from '../../ports/cluster.ts';
import type { ApiServer } from './api-server.ts';

/** The lines of one container's log, from its first one on and as they come. */
export async function* followLog(
  server: ApiServer,
  { namespace, pod, container }: PodContainer,
  until: AbortSignal,
): AsyncGenerator<string> {
  const search = new URLSearchParams({ container, follow: 'true' });
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${search}`;
  try {
    const response = await server.open({ method: 'GET', path, patient: true, signal: until });
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`HTTP ${response.statusCode}`);
    }
    yield* createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (until.aborted) return;
    throw new DeliveryError(
      `log of container ${container} in Pod ${namespace}/${pod} cannot be read: ${messageOf(error)}`,
      { code: 'LogUnavailable', retryable: true, cause: error },
    );
  }
}
