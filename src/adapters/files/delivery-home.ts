import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { DeliveryError } from '../../errors.ts';

/** The folder for all that is kept: `ISTIO_DELIVERY_HOME`, or `istio-delivery` in the XDG cache. */
export function deliveryHome(environment: Readonly<Record<string, string | undefined>>): string {
  if (environment.ISTIO_DELIVERY_HOME) return resolve(environment.ISTIO_DELIVERY_HOME);
  if (environment.XDG_CACHE_HOME) return resolve(environment.XDG_CACHE_HOME, 'istio-delivery');
  const own = homeFolder(environment);
  if (own !== undefined) return resolve(own, '.cache', 'istio-delivery');
  throw new DeliveryError(
    'istio-delivery has no folder to keep programs in: this user has no home folder (no HOME, no entry in /etc/passwd); set ISTIO_DELIVERY_HOME',
    { code: 'NoHome', kind: 'usage' },
  );
}

/** The home folder of this user; undefined for one without HOME and without an entry in /etc/passwd. */
export function homeFolder({ HOME }: Readonly<Record<string, string | undefined>>): string | undefined {
  if (HOME) return HOME;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
