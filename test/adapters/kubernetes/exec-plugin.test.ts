import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectCluster } from '../../../src/adapters/kubernetes/connect-cluster.ts';
import { CredentialsLate, NoTerminal } from '../../../src/adapters/kubernetes/credentials-failure.ts';
import { askPlugin, type ExecPlugin, type PluginRun } from '../../../src/adapters/kubernetes/exec-plugin.ts';
import { inFolder } from '../../support/folders.ts';
import { type HttpsServer, startHttpsServer } from '../../support/https-server.ts';
import { isGone } from '../../support/is-gone.ts';
import { runProcess } from '../../support/run-process.ts';
import { jsonKubeconfig } from '../../support/secret-kubeconfigs.ts';
import { until } from '../../support/until.ts';
import { root } from '../../support/workflow-files.ts';

const apiVersion = 'client.authentication.k8s.io/v1';
const environment = { PATH: process.env.PATH ?? '' };

/** A plugin that is a script of the shell. */
async function script(folder: string, text: string): Promise<string> {
  const command = join(folder, 'login-helper');
  await writeFile(command, `#!/bin/sh\n${text}\n`);
  await chmod(command, 0o755);
  return command;
}

const print = (status: object) => `echo '${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}'`;

async function hasEnded(file: string): Promise<boolean> {
  return isGone(Number(await readFile(file, 'utf8')));
}

describe('a plugin that is asked', () => {
  const ask = (plugin: ExecPlugin, more: Partial<PluginRun> = {}) =>
    askPlugin({
      plugin,
      cluster: { name: 'dev', server: 'https://dev.example', skipTLSVerify: false, caData: 'Y2E=' },
      environment,
      hasTerminal: false,
      patience: 20_000,
      signal: new AbortController().signal,
      ...more,
    });

  test('gets its arguments, its variables, and what it is for', async () => {
    await inFolder(async (folder) => {
      const heard = join(folder, 'heard');
      const command = await script(
        folder,
        `echo "$1 $REGION $KUBERNETES_EXEC_INFO" > ${heard}\n${print({ token: 't' })}`,
      );
      const plugin = { apiVersion, command, args: ['login'], env: [{ name: 'REGION', value: 'north' }] };
      expect(
        await ask(
          { ...plugin, provideClusterInfo: true },
          {
            cluster: {
              name: 'dev',
              server: 'https://dev.example',
              skipTLSVerify: false,
              caData: 'Y2E=',
              tlsServerName: 'api',
              pluginConfig: { audience: 'a' },
            } as never,
          },
        ),
      ).toEqual({ token: 't' });
      const [, info = ''] = /^login north (\{.*\})\n$/.exec(await readFile(heard, 'utf8')) ?? [];
      expect(JSON.parse(info)).toEqual({
        apiVersion,
        kind: 'ExecCredential',
        spec: {
          interactive: false,
          cluster: {
            server: 'https://dev.example',
            'tls-server-name': 'api',
            'certificate-authority-data': 'Y2E=',
            config: { audience: 'a' },
          },
        },
      });
      await ask(plugin);
      expect(await readFile(heard, 'utf8')).not.toContain('dev.example');
    });
  });

  test('hands out a certificate with its key, and when they expire', async () => {
    await inFolder(async (folder) => {
      const status = {
        clientCertificateData: 'c',
        clientKeyData: 'k',
        expirationTimestamp: '2026-11-29T12:00:00+01:00',
      };
      const command = await script(folder, print(status));
      expect(await ask({ command })).toEqual({ certificate: 'c', key: 'k', expires: new Date('2026-11-29T11:00:00Z') });
    });
  });

  test.each([
    ['a certificate without its key', { clientCertificateData: 'c' }],
    ['a time that is none', { token: 't', expirationTimestamp: 'tomorrow' }],
    ['a token that is a number', { token: 7 }],
  ])('is not believed with %s', async (_what, status) => {
    await inFolder(async (folder) => {
      await expect(ask({ command: await script(folder, print(status)) })).rejects.toThrow(TypeError);
    });
  });

  test('reads nothing: where it waits for an answer, it gets none', async () => {
    await inFolder(async (folder) => {
      const command = await script(folder, `read answer || ${print({ token: 't' })}`);
      expect(await ask({ command })).toEqual({ token: 't' });
    });
  });

  test('must not need a person where there is no terminal', async () => {
    await expect(ask({ command: '/nowhere', interactiveMode: 'Always' })).rejects.toThrow(NoTerminal);
  });

  test('that never answers is ended, with what it has started, also where it does not want to', async () => {
    await inFolder(async (folder) => {
      const [own, child] = [join(folder, 'own'), join(folder, 'child')];
      const command = await script(
        folder,
        `trap '' TERM\necho $$ > ${own}\n(trap '' TERM; while :; do sleep 1; done) & echo $! > ${child}\nwhile :; do sleep 1; done`,
      );
      const started = Date.now();
      await expect(ask({ command }, { patience: 300 })).rejects.toThrow(CredentialsLate);
      expect(Date.now() - started).toBeLessThan(8_000);
      expect(await hasEnded(own)).toBe(true);
      await until('its child is gone', () => hasEnded(child));
    });
  });

  test('is believed though what it has started holds its output open, and that ends', async () => {
    await inFolder(async (folder) => {
      const child = join(folder, 'child');
      const command = await script(folder, `sleep 300 & echo $! > ${child}\n${print({ token: 't' })}`);
      const started = Date.now();
      expect(await ask({ command })).toEqual({ token: 't' });
      expect(Date.now() - started).toBeLessThan(6_000);
      await until('its child is gone', () => hasEnded(child));
    });
  });

  test.runIf(process.platform === 'linux')('is believed though what it has started left its group', async () => {
    await inFolder(async (folder) => {
      const child = join(folder, 'child');
      const command = await script(folder, `setsid sleep 15 & echo $! > ${child}\n${print({ token: 't' })}`);
      const started = Date.now();
      expect(await ask({ command })).toEqual({ token: 't' });
      expect(Date.now() - started).toBeLessThan(6_000);
    });
  });

  test('that prints without end is ended', async () => {
    await inFolder(async (folder) => {
      for (const stream of ['', ' >&2']) {
        await expect(ask({ command: await script(folder, `exec yes${stream}`) })).rejects.toThrow('more than 1 MiB');
      }
    });
  });
});

describe('a cluster whose user has a plugin', () => {
  let server: HttpsServer;
  let answer: (request: IncomingMessage) => number = () => 200;
  const seen: string[] = [];

  beforeAll(async () => {
    server = await startHttpsServer((request, response) => {
      seen.push(request.headers.authorization ?? '');
      response.writeHead(answer(request), { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          kind: 'Namespace',
          apiVersion: 'v1',
          metadata: { name: 'x' },
          resources: [{ name: 'namespaces', kind: 'Namespace', namespaced: false, verbs: [] }],
        }),
      );
    });
  });

  beforeEach(() => {
    seen.length = 0;
    answer = () => 200;
  });

  afterAll(() => server.close());

  const kubeconfigWith = async (folder: string, text: string, exec: object = {}) => {
    await script(folder, text);
    const file = join(folder, 'config');
    const cluster = { server: server.address, 'certificate-authority-data': server.authority };
    await writeFile(file, jsonKubeconfig({ exec: { apiVersion, command: './login-helper', ...exec } }, 'dev', cluster));
    return file;
  };
  const counted = (folder: string, status: string) =>
    `echo run >> ${join(folder, 'runs')}\necho "{\\"status\\":{\\"token\\":\\"token-$(wc -l < ${join(folder, 'runs')} | tr -d ' ')\\"${status}}}"`;
  const runsIn = async (folder: string) => (await readFile(join(folder, 'runs'), 'utf8')).trim().split('\n').length;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'x' };

  test('asks it once for many requests, by its path beside the kubeconfig', async () => {
    await inFolder(async (folder) => {
      const kubeconfig = await kubeconfigWith(folder, counted(folder, ''));
      const cluster = connectCluster({ name: 'dev', context: 'dev', kubeconfig });
      await Promise.all(Array.from({ length: 10 }, () => cluster.get(namespace)));
      await cluster.get(namespace);
      expect(await runsIn(folder)).toBe(1);
      expect(new Set(seen)).toEqual(new Set(['Bearer token-1']));
    });
  });

  test('asks it again when what it handed out has expired', async () => {
    await inFolder(async (folder) => {
      const soon = new Date(Date.now() + 2_000).toISOString();
      const kubeconfig = await kubeconfigWith(folder, counted(folder, `,\\"expirationTimestamp\\":\\"${soon}\\"`));
      const cluster = connectCluster({ name: 'dev', context: 'dev', kubeconfig });
      await cluster.get(namespace);
      expect(await runsIn(folder)).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      await cluster.get(namespace);
      expect(seen.at(-1)).not.toBe('Bearer token-1');
    });
  });

  test('asks it again when the API server does not take what it handed out', async () => {
    await inFolder(async (folder) => {
      const kubeconfig = await kubeconfigWith(folder, counted(folder, ''));
      const cluster = connectCluster({ name: 'dev', context: 'dev', kubeconfig });
      await cluster.get(namespace);
      answer = ({ headers }) => (headers.authorization === 'Bearer token-2' ? 200 : 401);
      await cluster.get(namespace);
      expect(seen.at(-1)).toBe('Bearer token-2');
    });
  });

  test('says how to install it, as the kubeconfig does', async () => {
    await inFolder(async (folder) => {
      const kubeconfig = await kubeconfigWith(folder, '', {
        command: 'no-such-helper',
        installHint: 'brew install helper',
      });
      await expect(connectCluster({ name: 'dev', context: 'dev', kubeconfig }).get(namespace)).rejects.toMatchObject({
        code: 'CredentialsUnavailable',
        message:
          'credentials of context "dev" are not available: exec plugin "no-such-helper" of user "dev" is not installed (ENOENT); install it: brew install helper',
      });
    });
  });

  test.each<[names: NodeJS.Signals[], within: number]>([
    [['SIGINT'], 9_000],
    [['SIGTERM'], 9_000],
    [['SIGHUP'], 9_000],
    [['SIGINT', 'SIGTERM'], 4_500],
    [['SIGINT', 'SIGINT'], 4_500],
    [['SIGHUP', 'SIGTERM'], 4_500],
  ])(
    'lets a run end at %j while it hangs, and ends with it',
    async (names, within) => {
      await inFolder(async (folder) => {
        const own = join(folder, 'own');
        const kubeconfig = await kubeconfigWith(
          folder,
          `trap '' TERM INT HUP\necho $$ > ${own}\nwhile :; do sleep 1; done`,
        );
        const mesh = join(root, 'examples', 'acme', 'mesh.yaml');
        const text = (await readFile(mesh, 'utf8')).replace(/name: dev, context: [\w-]+/, 'name: dev, context: dev');
        await writeFile(join(folder, 'mesh.yaml'), text);
        let sent = 0;
        const run = await runProcess(
          [
            join(root, 'src', 'cli.ts'),
            'status',
            '--mesh',
            join(folder, 'mesh.yaml'),
            '--environment',
            'dev',
            '--kubeconfig',
            kubeconfig,
          ],
          {
            env: { ISTIO_DELIVERY_HOME: join(folder, 'home') },
            onStart: (kill) =>
              void until('the plugin runs', () => readFile(own, 'utf8').then((pid) => pid !== '')).then(() => {
                sent = Date.now();
                const [first = 'SIGINT', second] = names;
                if (second) setTimeout(() => void kill(second), 1_000);
                return kill(first);
              }),
          },
        );
        expect(run).toMatchObject({ stderr: expect.stringContaining(`interrupted by ${names[0]}`) });
        expect([130, 143]).toContain(run.code);
        expect(Date.now() - sent).toBeLessThan(within);
        await until('the plugin is gone', () => hasEnded(own));
      });
    },
    40_000,
  );
});
