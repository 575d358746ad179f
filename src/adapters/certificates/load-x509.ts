import { webcrypto } from 'node:crypto';

/** Loaded when it is needed: every command would pay for it with a tenth of a second. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import(/* webpackMode: "eager" */ 'reflect-metadata');
  return import(/* webpackMode: "eager" */ '@peculiar/x509');
}

export type X509 = Awaited<ReturnType<typeof loadX509>>;

/** Of every key that is made here. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A private key in PEM (PKCS 8). */
export async function exportKey({ PemConverter }: X509, key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}
