import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet } from 'jose';
import { messageOf } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StateName } from './read-state.ts';

/** The ServiceAccount in whose name a cluster signs what is written about its promotions. It has no rights and runs nothing. */
export const signerName = 'istio-delivery-state';

/** The least that an API server gives. Nobody uses the token as such: no API server takes its audience. */
const tokenSeconds = 600;

/**
 * The signature of a text by the cluster itself: a token of the signer whose audience is the text's digest. Whoever may
 * write ConfigMaps cannot have one made. Undefined where the signer does not exist.
 */
export async function signatureOf(
  cluster: Cluster,
  { namespace, name }: Omit<StateName, 'key'>,
  text: string,
): Promise<string | undefined> {
  const signer = { namespace, name: signerName };
  return (await cluster.requestToken(signer, tokenSeconds, audienceOf(name, text)))?.token;
}

/**
 * Why the signature is not the cluster's own for this text; undefined where it is. It holds for as long as the cluster
 * publishes the key, however old it is.
 */
export async function signatureFault(
  cluster: Cluster,
  { namespace, name }: Omit<StateName, 'key'>,
  { text, signature }: { text: string; signature: string | undefined },
): Promise<string | undefined> {
  if (signature === undefined) return 'it has no signature';
  const keys = await cluster.tokenKeys();
  try {
    const { payload } = await compactVerify(signature, createLocalJWKSet(keys));
    const { sub, aud } = JSON.parse(new TextDecoder().decode(payload)) as { sub?: unknown; aud?: unknown };
    if (sub !== `system:serviceaccount:${namespace}:${signerName}`) return `it is signed by ${String(sub)}`;
    return [aud].flat().includes(audienceOf(name, text)) ? undefined : 'it was changed after it was signed';
  } catch (error) {
    return `its signature is not by a key of the cluster (${messageOf(error)})`;
  }
}

function audienceOf(name: string, text: string): string {
  return `istio-delivery/${name}/sha256:${createHash('sha256').update(text).digest('hex')}`;
}
