import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inFolder } from './support/folders.ts';
import { type HttpsServer, startHttpsServer } from './support/https-server.ts';
import { runProcess, runStep } from './support/run-process.ts';
import { jsonKubeconfig, kubeconfigSecretValues, mistakenKubeconfigs } from './support/secret-kubeconfigs.ts';

const root = join(import.meta.dirname, '..');
const mesh = join(root, 'examples/acme/mesh.yaml');
const command = join(root, 'src/cli.ts');
const action = join(root, 'test/support/job-entry.ts');
/** Without the lines that tell a runner what to hide, which it does not show. */
const shown = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');

/** Everything that status prints and hands over, as a command in both formats, on a runner, and as an action. */
async function allOutput(env: Record<string, string>) {
  const words = [command, 'status', '--mesh', mesh];
  const [text, json, onRunner, step] = await Promise.all([
    runProcess(words, { env }),
    runProcess([...words, '-o', 'json'], { env }),
    runProcess(words, { env: { ...env, GITHUB_ACTIONS: 'true' } }),
    runStep([action, 'run', 'status'], { inputs: { mesh }, env }),
  ]);
  return {
    text: text.stdout + text.stderr,
    json: json.stdout + json.stderr,
    annotations: shown(onRunner.stdout) + onRunner.stderr,
    step: shown(step.stdout) + step.stderr,
    outputs: Object.values(step.outputs).join('\n'),
    summary: step.summary,
  };
}

describe('a kubeconfig with a mistake is named in every output, and nothing of it', () => {
  test.each(['a quote that is not closed', 'JSON without a comma', 'a tab before the token'])(
    '%s',
    async (name) => {
      await inFolder(async (folder) => {
        const kubeconfig = join(folder, 'config');
        await writeFile(kubeconfig, mistakenKubeconfigs[name]?.[0] ?? '');
        const output = await allOutput({ KUBECONFIG: kubeconfig });
        for (const printed of Object.values(output)) {
          expect(printed).toContain('cannot be read');
          expect(printed).not.toMatch(/hunter2|tiger/);
          expect(printed).not.toContain(kubeconfigSecretValues.key.slice(0, 20));
        }
      });
    },
    60_000,
  );
});

describe('a server that repeats every credential that it can know of', () => {
  const secrets = {
    token: 'Tok3n_of*dev-kubeconfig',
    password: 'p|ss&w<rd "of" staging',
    plugin: 'Tok3n-of-a-plugin/+=',
    proxy: 'pr@xy pass',
    github: 'ghs_0123456789abcdefghij',
  };
  let server: HttpsServer;

  beforeAll(async () => {
    const forms = [...Object.values(secrets), `admin:${secrets.password}`].flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(`x${secret}y`).toString('base64'),
    ]);
    server = await startHttpsServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: `said: ${forms.join(' , ')} .` }));
    });
  });

  afterAll(() => server.close());

  test('finds none of them in any output of ours', async () => {
    await inFolder(async (folder) => {
      const plugin = join(folder, 'plugin');
      await writeFile(plugin, `#!/bin/sh\necho '${JSON.stringify({ status: { token: secrets.plugin } })}'\n`);
      await chmod(plugin, 0o755);
      const cluster = {
        server: server.address,
        'certificate-authority-data': server.authority,
      };
      const users: Record<string, object> = {
        dev: { token: secrets.token },
        staging: { username: 'admin', password: secrets.password },
        production: {
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' },
        },
      };
      const files = Object.entries(users).map(([name, user]) => [name, jsonKubeconfig(user, name, cluster)] as const);
      for (const [name, content] of files) await writeFile(join(folder, name), content);
      const output = await allOutput({
        KUBECONFIG: files.map(([name]) => join(folder, name)).join(':'),
        https_proxy: `http://me:${encodeURIComponent(secrets.proxy)}@proxy.invalid:3128`,
        GITHUB_TOKEN: secrets.github,
      });
      for (const [where, printed] of Object.entries(output)) {
        expect(printed, where).toContain('said: ***');
        expect(printed, where).not.toMatch(/Tok3n|ss&w|ss%26w|p\|ss|pr@xy|pr%40xy|0123456789/);
        const encoded = printed.match(/[A-Za-z0-9+/=_-]{12,}/g) ?? [];
        const decoded = encoded.map((each) => Buffer.from(each, 'base64').toString('latin1')).join('\n');
        expect(decoded, where).not.toMatch(/Tok3n|ss&w|pr@xy|012345/);
        // What is no secret stays: braces, names, the words of the message.
        expect(printed).toContain('Forbidden');
      }
    });
  }, 60_000);
});
