import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/adapters/kubernetes/kubeconfig-connection.ts';
import { inFolder } from '../../support/folders.ts';
import { jsonKubeconfig } from '../../support/secret-kubeconfigs.ts';

const token = 'opaque-hunter2-token';
const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n';

interface Attempt {
  error: unknown;
  secrets: string[];
}

/** Asks for the credentials of a user; a plugin is a script of the shell. */
async function credentialsOf(user: { plugin: string } | object): Promise<Attempt> {
  return inFolder(async (folder) => {
    const kubeconfig = join(folder, 'config');
    const command = join(folder, 'login-helper');
    if ('plugin' in user) {
      await writeFile(command, `#!/bin/sh\n${String(user.plugin)}\n`);
      await chmod(command, 0o755);
    }
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command };
    await writeFile(kubeconfig, jsonKubeconfig('plugin' in user ? { exec } : user));
    await writeFile(join(folder, 'token'), token);
    const secrets: string[] = [];
    try {
      const source = { kubeconfig, context: 'dev', secret: (value: string) => void secrets.push(value) };
      await connect(source).options();
      return { error: undefined, secrets };
    } catch (error) {
      return { error, secrets };
    }
  });
}

const credential = (status: object) => `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'`;

describe('credentials are hidden as they are read', () => {
  test.each<[string, object, string[]]>([
    ['a token', { token }, [token]],
    ['a password', { username: 'admin', password: token }, [token, `admin:${token}`]],
    ['a key', { 'client-key-data': Buffer.from(pem).toString('base64') }, [pem]],
    ["a plugin's token", { plugin: credential({ token }) }, [token]],
    [
      "a plugin's key",
      { plugin: credential({ clientKeyData: 'key-of-a-plugin', clientCertificateData: 'c' }) },
      ['key-of-a-plugin'],
    ],
    ['the token of a file', { tokenFile: 'token' }, [token]],
    ['what an auth provider has', { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } }, [token]],
  ])('%s', async (_what, user, expected) => {
    const { error, secrets } = await credentialsOf(user);
    expect(error).toBeUndefined();
    expect(secrets).toEqual(expect.arrayContaining(expected));
  });
});

describe('credentials that are not available are explained without what was printed', () => {
  test.each<[string, object, string]>([
    [
      'a plugin prints a token and fails',
      { plugin: `${credential({ token })}; exit 1` },
      'exec plugin "login-helper" of user "dev" failed and says nothing',
    ],
    [
      'a plugin fails with a token in its words',
      { plugin: `echo "token ${token} has expired" >&2; exit 1` },
      'failed; it speaks of something that has expired; run it by hand',
    ],
    [
      'a plugin asks for a login',
      { plugin: `echo "run: sso login --with ${token}" >&2; exit 1` },
      'it speaks of a login',
    ],
    [
      'a plugin fails in words of its own',
      { plugin: `echo "${token}" >&2; exit 3` },
      'exec plugin "login-helper" of user "dev" failed; run it by hand',
    ],
    ['a plugin prints a bare token', { plugin: `echo ${token}` }, 'printed no JSON on its standard output'],
    ['a plugin prints half of its JSON', { plugin: `echo '{"status": {"token": "${token}"'` }, 'printed no JSON'],
    [
      'a plugin prints JSON without a status',
      { plugin: `echo '{"token": "${token}"}'` },
      'printed no ExecCredential with a status',
    ],
    ['a plugin prints null', { plugin: 'echo null' }, 'printed no ExecCredential with a status'],
    ['a plugin prints an empty status', { plugin: credential({}) }, 'printed no ExecCredential with a status'],
    [
      'a plugin is missing',
      { exec: { command: `/nowhere/${token}/aws`, apiVersion: 'v1' } },
      'exec plugin "aws" of user "dev" is not installed (ENOENT)',
    ],
    [
      'a key stands where its path belongs',
      { 'client-key': pem },
      'the file of its client-key cannot be read (ENOENT)',
    ],
    [
      'a token stands where the path of a file belongs',
      { tokenFile: token },
      'the file of its token cannot be read (ENOENT)',
    ],
    [
      'a refresh of a token fails',
      { 'auth-provider': { name: 'oidc', config: { 'id-token': `${token}.x.y` } } },
      'its auth provider failed',
    ],
  ])('%s', async (_what, user, reason) => {
    const { error } = await credentialsOf(user);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', message: expect.stringContaining(reason) });
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|MIIEvQ/);
  });
});

test('an address with credentials is refused and not repeated', async () => {
  await inFolder(async (folder) => {
    const kubeconfig = join(folder, 'config');
    for (const server of [`https://me:${token}@dev.example`, `me:${token}@dev.example`]) {
      await writeFile(kubeconfig, jsonKubeconfig({}, 'dev', { server }));
      const opened = () => connect({ kubeconfig, context: 'dev' });
      expect(opened).toThrow('has credentials in the address of its server; move them to its user');
      expect(opened).not.toThrow('hunter2');
    }
  });
});

test.each(['azure', 'gcp'])('auth-provider %s, whose command prints what it likes, is refused', async (name) => {
  const { error } = await credentialsOf({ 'auth-provider': { name, config: { 'cmd-path': '/bin/echo' } } });
  expect(String(error)).toContain(
    `has auth-provider ${name}, which Kubernetes 1.26 removed; use its exec plugin instead`,
  );
});
