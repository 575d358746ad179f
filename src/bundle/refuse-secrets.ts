import { DeliveryError } from '../errors.ts';
import { formatObjectId, objectId } from '../ports/objects.ts';
import type { StageObjects } from './bundle.ts';

/** How a Secret comes to where it is needed, since no bundle brings it. */
export const secretRemedy =
  'create it in the cluster by what keeps your secrets (External Secrets, Sealed Secrets, cert-manager), and name it where it is used: credentialName of a Gateway';

/**
 * A bundle is an artifact that many may read, and clusters keep it in ConfigMaps: it holds no Secret. Throws
 * `SecretInBundle` (refused); `where` names the bundle.
 */
export function refuseSecrets(stages: readonly StageObjects[], where: string): void {
  const secrets = stages.flatMap(({ objects }) =>
    objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret'),
  );
  if (secrets.length === 0) return;
  const names = secrets.map((secret) => formatObjectId(objectId(secret))).join(', ');
  throw new DeliveryError(`${where} would hold ${names}, and whoever may read it could read that: ${secretRemedy}`, {
    code: 'SecretInBundle',
    kind: 'refused',
  });
}
