import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../src/adapters/embedded/process-identity.ts';
import type { ProcessRecord } from '../../src/local/process-record.ts';
import { commandLine } from '../support/embedded.ts';
import { containersOf, docker, type KindMachine, kindMachine, nodeImage } from '../support/kind.ts';
import { emptyImage } from '../support/kind-images.ts';
import { standIn } from '../support/stand-in.ts';
import { until } from '../support/until.ts';

const prefix = 'kind-e2e';
/** Of these tests alone, so that it can be seen to go. */
const network = 'istio-delivery-e2e';
const app = 'istio-delivery-e2e/app:1';
const archived = 'istio-delivery-e2e/archived:1';
const broken = 'istio-delivery-e2e/broken:1';

let machine: KindMachine;
let folder: string;

beforeAll(async () => {
  machine = kindMachine({ KIND_EXPERIMENTAL_DOCKER_NETWORK: network });
  folder = mkdtempSync(join(tmpdir(), 'istio-delivery-kind-files-'));
  for (const image of [app, archived, broken]) await emptyImage(image, folder);
});

afterAll(async () => {
  await machine?.run('local', 'down', '--all');
  await docker('rmi', '--force', app, archived, broken);
  await machine?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function expectNothingLeft(...clusters: string[]): Promise<void> {
  for (const cluster of clusters) expect(await containersOf(cluster)).toEqual([]);
  expect(machine.leftInHome()).toEqual([]);
  expect((await docker('network', 'ls', '--format', '{{.Name}}')).split('\n')).not.toContain(network);
}

describe('the action', () => {
  const name = `${prefix}-use`;

  test('creates a cluster, lets pods run, exports what there is when the job failed, and leaves nothing', async () => {
    const archive = join(folder, 'archived.tar');
    await docker('save', '--output', archive, archived);
    await docker('rmi', '--force', archived);
    const mapping = `${await freePort()}:30080`;
    const inputs = { clusters: name, images: app, 'image-archives': archive, 'port-mappings': mapping };
    const main = await machine.step('main', '1', inputs);
    expect(main.code, main.stdout).toBe(0);
    const { kubeconfig = '', clusters, times = '' } = main.outputs;
    expect(clusters).toBe(name);
    expect(kubeconfig.startsWith(machine.runnerTemp)).toBe(true);
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(times)[name]).sort()).toEqual(['create', 'images', 'ready', 'total']);
    expect(main.summary).toContain(`| ${name} |`);

    const images = (await docker('exec', `${name}-control-plane`, 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q')).split(
      '\n',
    );
    expect(images).toEqual(expect.arrayContaining([`docker.io/${app}`, `docker.io/${archived}`]));
    const pause = images.find((image) => /\/pause:/.test(image)) ?? '';
    await machine.kubectl(kubeconfig, 'run', 'well', '--image', pause, '--image-pull-policy', 'Never');
    await machine.kubectl(kubeconfig, 'wait', 'pod/well', '--for', 'condition=Ready', '--timeout', '60s');
    await machine.kubectl(kubeconfig, 'run', 'unwell', '--image', app, '--image-pull-policy', 'Never');
    await until('the pod fails', async () =>
      (await machine.kubectl(kubeconfig, 'get', 'pod', 'unwell', '-o', 'jsonpath={.status}')).includes('waiting'),
    );

    const again = await machine.step('main', '1', inputs);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain(
      `::error::cluster ${name} cannot be created: the cluster of that name was created here, and may be in use`,
    );

    const early = join(folder, 'early');
    const asked = await machine.step('main', '1', { operation: 'export', clusters: name, diagnostics: early });
    expect(asked.code, asked.stdout).toBe(0);
    expect(asked.outputs.diagnostics).toBe(early);
    expect(readFileSync(join(early, name, 'pods.txt'), 'utf8')).toContain('unwell');

    const post = await machine.step('post', '1', { ...inputs, 'job-status': 'failure' });
    expect(post.code, post.stdout).toBe(0);
    const exported = join(machine.runnerTemp, 'istio-delivery-kind', 'diagnostics', name);
    expect(readFileSync(join(exported, 'events.txt'), 'utf8')).toContain('pod/unwell');
    expect(readFileSync(join(exported, 'pods-described.txt'), 'utf8')).toMatch(/^Name: +unwell$/m);
    expect(existsSync(join(exported, 'kind', `${name}-control-plane`, 'kubelet.log'))).toBe(true);
    expect(post.stdout).toMatch(/Pod default\/unwell is not well/);
    expect(existsSync(kubeconfig)).toBe(false);
    await expectNothingLeft(name);
  });
});

describe('several clusters', () => {
  const [one, other, next] = [`${prefix}-one`, `${prefix}-two`, `${prefix}-next`] as const;

  test('share one root CA, differ in their networks, and are deleted by the next run when theirs ended without', async () => {
    const main = await machine.step('main', '2', {
      clusters: `${one},${other}`,
      'root-ca': 'true',
      'load-balancer': 'true',
      'cloud-provider-kind': standIn(folder, 'cloud-provider-kind'),
    });
    expect(main.code, main.stdout).toBe(0);
    const { kubeconfig = '' } = main.outputs;
    const ask = (context: string, ...words: string[]) =>
      machine.kubectl(kubeconfig, '--context', context, 'get', ...words, '-o', 'json').then(JSON.parse);
    const [ca, otherCa] = [
      await ask(one, 'secret', 'cacerts', '-n', 'istio-system'),
      await ask(other, 'secret', 'cacerts', '-n', 'istio-system'),
    ];
    expect(ca.data['root-cert.pem']).toBe(otherCa.data['root-cert.pem']);
    expect(ca.data['ca-cert.pem']).not.toBe(otherCa.data['ca-cert.pem']);
    const addresses = [await ask(one, 'service', 'kubernetes'), await ask(other, 'service', 'kubernetes')];
    expect(new Set(addresses.map(({ spec }) => spec.clusterIP)).size).toBe(2);
    const balancer = JSON.parse(
      readFileSync(join(machine.home, 'kind', '.cloud-provider-kind.json'), 'utf8'),
    ) as ProcessRecord;
    expect(isAlive(balancer)).toBe(true);

    const later = await machine.step('main', '3', { clusters: next });
    expect(later.code, later.stdout).toBe(0);
    for (const name of [one, other]) {
      expect(later.stdout).toContain(
        `kind cluster ${name} was left over (job validate of run 2 (attempt 1) left it on this runner): deleted`,
      );
      expect(await containersOf(name)).toEqual([]);
    }
    expect(isAlive(balancer)).toBe(false);
    const post = await machine.step('post', '3', { clusters: next });
    expect(post.code, post.stdout).toBe(0);
    await expectNothingLeft(one, other, next);
    expect(readdirSync(machine.runnerTemp)).not.toContain('kubeconfig');
  });
});

describe('on the command line', () => {
  const name = `${prefix}-cut`;

  test('a creation that is killed is cleaned up by the next one, whose cluster is found, shown and ended', async () => {
    const own = nodeImage === undefined ? [] : ['--node-image', nodeImage];
    const words = ['local', 'up', '--provider', 'kind', '--clusters', name, ...own];
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...machine.environment };
    const cut = spawn(process.execPath, [commandLine, ...words], { env, stdio: 'ignore' });
    const ended = once(cut, 'exit');
    await until('its container is there', async () => (await containersOf(name)).length > 0);
    cut.kill('SIGKILL');
    await ended;

    const up = await machine.up('--clusters', name);
    expect(up.code, up.stderr).toBe(0);
    expect(up.stderr).toMatch(
      new RegExp(`kind cluster ${name} was left over \\(process \\d+ was ended while it created it\\): deleted`),
    );
    expect(up.stderr).toContain(`${name}: created`);
    expect((await machine.up('--clusters', name)).stderr).toContain(`${name}: runs already`);
    expect((await machine.run('local', 'status')).stdout).toMatch(new RegExp(`^${name} .* complete$`, 'm'));
    expect((await machine.run('local', 'down', '--all')).stdout).toBe(`${name}: removed\n`);
    await expectNothingLeft(name);
  });

  test.each([
    ['an input', (port: number) => ['--port-mappings', `${port}:30080`]],
    ['a configuration of the user', (port: number) => ['--config', configurationWith(port)]],
  ])('a port of %s that is taken is named, is tried once, and leaves nothing', async (_whose, wordsFor) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = await machine.up('--clusters', name, ...wordsFor(port));
    server.close();
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(
      `error: cluster ${name} was not created: port ${port} of this machine is taken already; end what listens there`,
    );
    expect(run.stderr).not.toContain('trying again');
    await machine.run('local', 'down', '--clusters', name);
    await expectNothingLeft(name);
  });

  test.each([
    ['cannot be pulled', 'example.invalid/node:v1', /node image example\.invalid\/node:v1 cannot be pulled/],
    ['does not boot', broken, /the container of a node does not boot as a node does/],
  ])('a node image that %s ends with a clear error and leaves nothing', async (_what, image, message) => {
    const run = await machine.run('local', 'up', '--provider', 'kind', '--clusters', name, '--node-image', image);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(message);
    await machine.run('local', 'down', '--clusters', name);
    await expectNothingLeft(name);
  });

  test.each([
    ['does not answer', () => ({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })],
    ['is not installed', () => ({ PATH: folder })],
  ])('a Docker engine that %s is one clear error', async (_what, settings) => {
    const without = kindMachine(settings());
    const run = await without.run('local', 'up', '--provider', 'kind', '--clusters', name);
    expect(run.code).toBe(1);
    expect(run.stderr.split('\n').filter((line) => line.startsWith('error: '))).toEqual([
      expect.stringMatching(/^error: Docker engine does not answer; start it, or set DOCKER_HOST to one that runs: .+/),
    ]);
    expect(existsSync(join(without.home, 'kind', name))).toBe(false);
    await without.remove();
  });
});

function configurationWith(hostPort: number): string {
  const file = join(folder, 'kind.yaml');
  const nodes = [
    { role: 'control-plane', extraPortMappings: [{ containerPort: 30080, hostPort, listenAddress: '127.0.0.1' }] },
  ];
  writeFileSync(file, JSON.stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes }));
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
