import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { SubjectAlternativeNameExtension, type X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../src/adapters/istioctl/proxy-certificates.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const identity = 'spiffe://cluster.local/ns/shop/sa/cart';
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-02T00:00:00Z') };

interface Authority {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

async function root(name: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `O=${name}`,
    ...validity,
    keys,
    signingAlgorithm: algorithm,
  });
  return { certificate, keys };
}

async function signedBy(issuer: Authority, subject: string, names: string[] = []): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer.certificate.subjectName,
    ...validity,
    signingKey: issuer.keys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: names.map((value) => new SubjectAlternativeNameExtension([{ type: 'url', value }])),
  });
  return { certificate, keys };
}

/** What istioctl prints of a proxy with this chain, leaf first, which trusts these roots. */
function printed(chain: Authority[], roots: Authority[]): string {
  const pem = (all: Authority[]) => ({
    inlineBytes: Buffer.from(all.map(({ certificate }) => certificate.toString('pem')).join('\n')).toString('base64'),
  });
  return JSON.stringify({
    dynamicActiveSecrets: [
      { name: 'default', secret: { tlsCertificate: { certificateChain: pem(chain) } } },
      { name: 'ROOTCA', secret: { validationContext: { trustedCa: pem(roots) } } },
    ],
  });
}

describe('the certificate of a proxy', async () => {
  const [one, other] = [await root('one'), await root('other')];
  const intermediate = await signedBy(one, 'CN=intermediate');
  const leaf = await signedBy(intermediate, 'CN=leaf', [identity]);

  test('tells who it is, who issued it, and in which of the trusted roots its chain ends', () => {
    const found = parseCertificate(printed([leaf, intermediate], [other, one]));
    expect(found).toMatchObject({ identity, issuer: 'CN=intermediate', expires: '2026-01-02T00:00:00.000Z' });
    expect(found?.roots).toHaveLength(2);
    expect(found?.root).toBe(found?.roots[1]);
  });

  test('ends in no root where its chain is cut, or leads to a root that is not trusted', () => {
    expect(parseCertificate(printed([leaf], [one]))).not.toHaveProperty('root');
    expect(parseCertificate(printed([leaf, intermediate], [other]))).not.toHaveProperty('root');
  });

  test('is not there yet while a proxy starts', () => {
    expect(parseCertificate('{}')).toBeUndefined();
    expect(parseCertificate(printed([], [one]))).toBeUndefined();
  });
});
