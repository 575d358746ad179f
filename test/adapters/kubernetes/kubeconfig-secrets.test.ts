import { expect, test } from 'vitest';
import { kubeconfigSecrets } from '../../../src/adapters/kubernetes/kubeconfig-secrets.ts';

const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

function secretsOf(user: Record<string, unknown>, cluster: object = {}): string[] {
  return kubeconfigSecrets({
    users: [{ name: 'dev', user }],
    clusters: [{ name: 'dev', cluster: { server: 'https://dev.example', ...cluster } }],
  });
}

test.each<[Record<string, unknown>, string[]]>([
  [{ token: 'hunter2' }, ['hunter2']],
  [{ username: 'admin', password: 'hunter2' }, ['hunter2']],
  [{ 'client-key-data': base64(pem), 'client-certificate-data': base64('public') }, [base64(pem), pem]],
  [{ 'client-key': '/keys/dev.pem', tokenFile: '/tokens/dev' }, []],
  [{ 'client-key': pem, tokenFile: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' }, [pem, 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln']],
  [
    {
      'auth-provider': {
        name: 'oidc',
        config: {
          'client-id': 'kube',
          'client-secret': 'one',
          'id-token': 'two',
          'refresh-token': 'three',
          'idp-issuer-url': 'https://login.example',
        },
      },
    },
    ['one', 'two', 'three'],
  ],
  [
    {
      exec: {
        command: 'aws',
        args: ['eks', 'get-token', '--cluster-name', 'production', '--client-secret', 'one', '--password=two'],
        env: [
          { name: 'AWS_PROFILE', value: 'production' },
          { name: 'AWS_SECRET_ACCESS_KEY', value: 'three' },
          { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/token' },
          { name: 'HTTPS_PROXY', value: 'http://me:four@proxy.example' },
        ],
      },
    },
    ['one', 'two', 'three', 'four', 'me:four'],
  ],
])('finds every secret of a user, and nothing else: %j', (user, secrets) => {
  expect(secretsOf(user)).toEqual(secrets);
});

test('finds the credentials in the addresses of a cluster', () => {
  expect(secretsOf({}, { 'proxy-url': 'http://me:hunter2@proxy.example:3128' })).toEqual(['hunter2', 'me:hunter2']);
  expect(secretsOf({}, { server: 'https://me:hunter2@dev.example' })).toEqual(['hunter2', 'me:hunter2']);
});
