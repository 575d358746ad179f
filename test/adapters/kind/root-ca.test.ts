import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetRoot, signedCa } from '../../../src/adapters/kind/root-ca.ts';
import { inFolder } from '../../support/folders.ts';
import { kindContextIn } from '../../support/kind-context.ts';

async function caOf(cluster: string, home: string) {
  const secret = await signedCa(cluster, 'istio-system', kindContextIn(home));
  const data = secret.stringData as Record<string, string>;
  return {
    secret,
    data,
    ca: new X509Certificate(data['ca-cert.pem'] ?? ''),
    root: new X509Certificate(data['root-cert.pem'] ?? ''),
  };
}

test('every cluster gets a CA and a key of its own, which one root signed', () =>
  inFolder(async (home) => {
    const [one, other] = [await caOf('one', home), await caOf('other', home)];
    expect(one.data['root-cert.pem']).toBe(other.data['root-cert.pem']);
    expect(one.data['ca-key.pem']).not.toBe(other.data['ca-key.pem']);
    for (const { ca, root, data, secret } of [one, other]) {
      expect(secret.metadata).toEqual({ name: 'cacerts', namespace: 'istio-system' });
      expect(ca.ca && root.ca).toBe(true);
      expect(ca.checkIssued(root) && ca.verify(root.publicKey) && root.verify(root.publicKey)).toBe(true);
      expect(ca.checkPrivateKey(createPrivateKey(data['ca-key.pem'] ?? ''))).toBe(true);
      expect(data['cert-chain.pem']).toBe(`${data['ca-cert.pem']}${data['root-cert.pem']}`);
    }
    expect(statSync(join(home, 'kind', '.root-ca.json')).mode & 0o777).toBe(0o600);
  }));

test('a root that was forgotten is followed by another', () =>
  inFolder(async (home) => {
    const before = await caOf('one', home);
    forgetRoot(home);
    expect((await caOf('one', home)).data['root-cert.pem']).not.toBe(before.data['root-cert.pem']);
  }));
