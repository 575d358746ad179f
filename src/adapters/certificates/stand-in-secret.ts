import { webcrypto } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { StandIn } from '../../rehearsal/copies/named-secrets.ts';
import { exportKey, keyAlgorithm, loadX509 } from './load-x509.ts';

/** A rehearsal takes hours at most, and its cluster may be kept for a few days. */
const days = 30;

/** A certificate is for something. */
const anyHost = 'rehearsal.test';

/**
 * The Secret that stands in for one of the environment: a self-signed certificate for the same hosts, which is its own
 * authority where clients must show one.
 */
export async function standInSecret(
  { namespace, name, hosts }: StandIn,
  { clock, reporter }: { clock: Clock; reporter: Pick<Reporter, 'secret'> },
): Promise<KubernetesObject> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const now = clock.now().getTime();
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'O=istio-delivery, CN=stand-in of a rehearsal',
    // Clocks of containers and of this machine may differ a little.
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + days * 86_400_000),
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        (hosts.length > 0 ? hosts : [anyHost]).map((value) => ({ type: 'dns', value })),
      ),
    ],
  });
  const pem = `${certificate.toString('pem')}\n`;
  const key = await exportKey(x509, keys.privateKey);
  reporter.secret(key);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'istio-delivery-rehearsal' } },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': pem, 'tls.key': `${key}\n`, 'ca.crt': pem },
  };
}
