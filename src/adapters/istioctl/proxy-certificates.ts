import { X509Certificate } from 'node:crypto';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { CertificateDirectory, ProxyCertificate } from '../../ports/certificates.ts';
import { credentialsReason, isCredentialsFailure } from './credentials-reason.ts';
import type { ProxyDirectoryOptions } from './proxy-status.ts';
import { runIstioctl } from './run-istioctl.ts';

/** Milliseconds that istioctl may take for one proxy. */
const patience = 20_000;

/** Asks proxies for the certificate that they serve with, through `istioctl proxy-config secret`. */
export function certificateDirectory({
  istioctl,
  kubeconfig,
  context,
  signal,
  onWarning,
}: Omit<ProxyDirectoryOptions, 'namespace'>): CertificateDirectory {
  return {
    async of({ namespace, name }) {
      const args = ['proxy-config', 'secret', name, '--namespace', namespace, '--output', 'json'];
      args.push('--context', context, ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]));
      const { exitCode, output, errors, warnings } = await runIstioctl(istioctl, args, {
        environment: process.env,
        signal,
        timeout: patience,
      });
      warnings.forEach((warning) => onWarning?.(warning));
      try {
        if (exitCode !== 0)
          throw new Error(
            isCredentialsFailure(errors)
              ? credentialsReason
              : errors || warnings.join(', ') || `istioctl ended with ${exitCode ?? 'a signal'}`,
          );
        return parseCertificate(output);
      } catch (cause) {
        throw new DeliveryError(`certificate of Pod ${namespace}/${name} cannot be read: ${messageOf(cause)}`, {
          code: 'CertificateUnavailable',
          retryable: true,
          cause,
        });
      }
    },
  };
}

interface InlineBytes {
  inlineBytes?: string;
}

interface Secrets {
  dynamicActiveSecrets?: {
    name: string;
    secret?: { tlsCertificate?: { certificateChain?: InlineBytes }; validationContext?: { trustedCa?: InlineBytes } };
  }[];
}

/** What istioctl prints of one proxy's secrets; undefined where the proxy has none yet. */
export function parseCertificate(output: string): ProxyCertificate | undefined {
  const { dynamicActiveSecrets = [] } = JSON.parse(output) as Secrets;
  const find = (name: string) => dynamicActiveSecrets.find((each) => each.name === name)?.secret;
  const chain = certificates(find('default')?.tlsCertificate?.certificateChain);
  const roots = certificates(find('ROOTCA')?.validationContext?.trustedCa);
  const [leaf] = chain;
  if (!leaf || roots.length === 0) return undefined;
  const root = rootOf(leaf, chain, roots);
  return {
    issuer: leaf.issuer.replaceAll('\n', ', '),
    identity: leaf.subjectAltName?.replace(/^URI:/, '') ?? '',
    expires: new Date(leaf.validTo).toISOString(),
    roots: roots.map(({ fingerprint256 }) => fingerprint256),
    ...(root ? { root: root.fingerprint256 } : {}),
  };
}

function rootOf(
  leaf: X509Certificate,
  chain: X509Certificate[],
  roots: X509Certificate[],
): X509Certificate | undefined {
  let current = leaf;
  for (let length = 0; length <= chain.length; length += 1) {
    const above = current;
    const root = roots.find((candidate) => isIssuedBy(above, candidate));
    if (root) return root;
    const next = chain.find((candidate) => candidate !== above && isIssuedBy(above, candidate));
    if (!next) return undefined;
    current = next;
  }
  return undefined;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function certificates({ inlineBytes = '' }: InlineBytes = {}): X509Certificate[] {
  const text = Buffer.from(inlineBytes, 'base64').toString('utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
