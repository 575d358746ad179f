import { webcrypto } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { kindFolder } from '../../local/kind-layout.ts';
import type { ShapeOf } from '../../mesh/read-document.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { exportKey, keyAlgorithm, loadX509, type X509 } from '../certificates/load-x509.ts';
import { readRecord, writeRecord } from '../embedded/record-file.ts';
import { withLock } from '../files/with-lock.ts';
import type { KindContext } from './kind-options.ts';
import { waitingFor } from './kind-records.ts';

interface RootCa {
  certificate: string;
  /** PKCS 8. */
  key: string;
}

const rootSchema: z.ZodType<RootCa> = z.looseObject({
  certificate: z.string().startsWith('-----BEGIN', { error: 'a certificate' }),
  key: z.string().startsWith('-----BEGIN', { error: 'a key' }),
} satisfies ShapeOf<RootCa>);

/** A root outlives the clusters of a few days; nothing of it is ever used elsewhere. */
const days = { root: 365, intermediate: 90 };

/** The Secret from which istiod takes its CA: an intermediate of the cluster's own, signed by the home folder's root. */
export async function signedCa(cluster: string, namespace: string, context: KindContext): Promise<KubernetesObject> {
  const x509 = await loadX509();
  const root = await withLock(`${pathOf(context.home)}.lock`, waitingFor('the root CA', context), () =>
    rootOf(x509, context),
  );
  const signer = await importKey(x509, root.key);
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `O=Istio, CN=Intermediate CA, L=${cluster}`,
    issuer: new x509.X509Certificate(root.certificate).subjectName,
    ...validity(context, days.intermediate),
    signingKey: signer,
    publicKey: keys.publicKey,
    signingAlgorithm: keyAlgorithm,
    extensions: extensions(x509, 0),
  });
  const own = certificate.toString('pem');
  const ownKey = await exportKey(x509, keys.privateKey);
  for (const key of [root.key, ownKey]) context.reporter.secret(key);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cacerts', namespace },
    type: 'Opaque',
    stringData: {
      'ca-cert.pem': `${own}\n`,
      'ca-key.pem': `${ownKey}\n`,
      'cert-chain.pem': `${own}\n${root.certificate}\n`,
      'root-cert.pem': `${root.certificate}\n`,
    },
  };
}

/** Forgets the root, when no cluster is left whose CA it signed. */
export function forgetRoot(home: string): void {
  rmSync(pathOf(home), { force: true });
}

async function rootOf(x509: X509, context: KindContext): Promise<RootCa> {
  const known = readRecord(pathOf(context.home), rootSchema);
  if (known) return known;
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'O=Istio, CN=Root CA',
    ...validity(context, days.root),
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions: extensions(x509, undefined),
  });
  const root = { certificate: certificate.toString('pem'), key: await exportKey(x509, keys.privateKey) };
  writeRecord(pathOf(context.home), root);
  return root;
}

function extensions(x509: X509, pathLength: number | undefined) {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension } = x509;
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
  ];
}

function validity({ clock }: KindContext, length: number): { notBefore: Date; notAfter: Date } {
  const now = clock.now().getTime();
  // Clocks of containers and of this machine may differ a little.
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + length * 86_400_000) };
}

async function importKey({ PemConverter }: X509, pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), keyAlgorithm, false, ['sign']);
}

function pathOf(home: string): string {
  return join(kindFolder(home), '.root-ca.json');
}
