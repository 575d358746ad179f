import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf, docker, type KindMachine, kindMachine } from '../support/kind.ts';
import { emptyImage, registryImage } from '../support/kind-images.ts';
import { until } from '../support/until.ts';

const name = 'kind-e2e-registry';
const port = '5057';
const app = `localhost:${port}/istio-delivery-e2e/pushed:1`;

let machine: KindMachine;
let folder: string;
let registry: string;

beforeAll(async () => {
  machine = kindMachine();
  folder = mkdtempSync(join(tmpdir(), 'istio-delivery-kind-files-'));
  registry = await registryImage(folder);
  await emptyImage(app, folder);
});

afterAll(async () => {
  await machine?.run('local', 'down', '--all');
  await docker('rmi', '--force', app, ...(process.env.E2E_REGISTRY_IMAGE === undefined ? [registry] : []));
  await machine?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('pods pull what this machine pushes to the local registry, which goes with the cluster', async () => {
  const inputs = { clusters: name, 'registry-image': registry, 'registry-port': port };
  const main = await machine.step('main', '1', inputs);
  expect(main.code, main.stdout).toBe(0);
  const { kubeconfig = '' } = main.outputs;
  await docker('push', app);
  await machine.kubectl(kubeconfig, 'run', 'pulled', '--image', app);
  await until('the image is pulled', async () =>
    (await machine.kubectl(kubeconfig, 'get', 'events')).includes(`Successfully pulled image "${app}"`),
  );
  const hosting = await machine.kubectl(
    kubeconfig,
    'get',
    'configmap',
    'local-registry-hosting',
    '-n',
    'kube-public',
    '-o',
    'json',
  );
  expect(JSON.parse(hosting).data['localRegistryHosting.v1']).toContain(`host: "localhost:${port}"`);

  const post = await machine.step('post', '1', inputs);
  expect(post.code, post.stdout).toBe(0);
  expect(await containersOf(name)).toEqual([]);
  expect(await docker('ps', '--all', '--quiet', '--filter', 'name=istio-delivery-registry')).toBe('');
  expect(machine.leftInHome()).toEqual([]);
});
