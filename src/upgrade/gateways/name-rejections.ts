import { DeliveryError } from '../../errors.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/**
 * Does what makes gateways ready. Where they do not become so, the error also names the proxies of the revision that
 * refuse their configuration: their pods only say that they are not ready, and istiod knows why.
 */
export async function nameRejections(
  { proxies }: Pick<UpgradeContext, 'proxies'>,
  revision: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.code !== 'NotReady') throw error;
    // What istiod cannot be asked does not stand in for what is known.
    const connected = await proxies.connected(revision).catch(() => []);
    const refusing = connected.filter(({ rejected }) => rejected);
    if (refusing.length === 0) throw error;
    const said = refusing.map(({ namespace, pod, reason }) => `proxy ${namespace}/${pod}: ${reason}`).join('; ');
    const { reason, code, kind, retryable, remedy } = error;
    throw new DeliveryError(`${reason}. Its proxies refuse what ${revision} sends them: ${said}`, {
      code,
      kind,
      retryable,
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}
