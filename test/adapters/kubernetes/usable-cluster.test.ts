import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../../src/adapters/kubernetes/kubeconfig-connection.ts';
import { inFolder } from '../../support/folders.ts';

interface Parts {
  cluster?: Record<string, unknown>;
  user?: Record<string, unknown>;
  context?: Record<string, unknown>;
}

const server = 'https://dev.example';

test.each<[string, Parts, RegExp]>([
  [
    'a user that is not there',
    { context: { cluster: 'dev', user: 'admin' } },
    /context "dev" names user "admin", which kubeconfig \S+ does not have \(it has: dev\); correct the kubeconfig/,
  ],
  [
    'an authority whose file is missing',
    { cluster: { server, 'certificate-authority': 'ca.crt' } },
    /the certificate-authority of context "dev", \S+\/ca\.crt, cannot be read: there is no such file; correct its path/,
  ],
  [
    'an auth provider that nobody can ask',
    { user: { 'auth-provider': { name: 'keystone', config: {} } } },
    /user of context "dev" has auth-provider keystone, which nobody here can ask; use its exec plugin instead/,
  ],
  [
    'an auth provider that Kubernetes has removed',
    { user: { 'auth-provider': { name: 'gcp', config: {} } } },
    /has auth-provider gcp, which Kubernetes 1\.26 removed/,
  ],
  [
    'an address without a scheme',
    { cluster: { server: 'dev.example:6443' } },
    /leads to "dev\.example:6443", which is no https/,
  ],
  ['an address that is not encrypted', { cluster: { server: 'http://dev.example' } }, /which is no https address/],
  ['a cluster that is not there', { context: { cluster: 'other', user: 'dev' } }, /names a cluster that kubeconfig/],
])('a context is refused with %s', async (_, { cluster = { server }, user = { token: 't' }, context }, says) => {
  await inFolder(async (folder) => {
    const kubeconfig = join(folder, 'config');
    const parts = {
      clusters: [{ name: 'dev', cluster }],
      users: [{ name: 'dev', user }],
      contexts: [{ name: 'dev', context: context ?? { cluster: 'dev', user: 'dev' } }],
    };
    await writeFile(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...parts }));
    expect(() => connect({ kubeconfig, context: 'dev' })).toThrow(says);
  });
});
