import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { standInSecret } from '../../../src/adapters/certificates/stand-in-secret.ts';
import { systemClock } from '../../../src/adapters/clock.ts';

test('a stand-in is a certificate for the hosts, with its key, which is never printed', async () => {
  const secrets: string[] = [];
  const standIn = { namespace: 'istio-gateways', name: 'shop', hosts: ['*.shop.example', 'shop.example'], for: [] };
  const reporter = { secret: (text: string) => secrets.push(text) };
  const secret = await standInSecret(standIn, { clock: systemClock, reporter });
  expect(secret).toMatchObject({
    kind: 'Secret',
    metadata: { namespace: 'istio-gateways', name: 'shop' },
    type: 'kubernetes.io/tls',
  });
  const data = secret.stringData as Record<string, string>;
  const certificate = new X509Certificate(data['tls.crt'] ?? '');
  expect(certificate.subjectAltName).toBe('DNS:*.shop.example, DNS:shop.example');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(data['ca.crt']).toBe(data['tls.crt']);
  expect(secrets).toEqual([data['tls.key']?.trim()]);
});

test('one for any host is for something', async () => {
  const standIn = { namespace: 'x', name: 'y', hosts: [], for: [] };
  const secret = await standInSecret(standIn, { clock: systemClock, reporter: { secret: () => undefined } });
  const data = secret.stringData as Record<string, string>;
  expect(new X509Certificate(data['tls.crt'] ?? '').subjectAltName).toBe('DNS:rehearsal.test');
});
