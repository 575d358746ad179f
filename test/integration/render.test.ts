import { execFileSync } from 'node:child_process';
import { appendFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import { manifestGenerator } from '../../src/adapters/istioctl/generate-manifest.ts';
import { createToolchain } from '../../src/adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../../src/adapters/toolchain/toolchain-settings.ts';
import { render } from '../../src/jobs/render.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import type { Tool } from '../../src/ports/toolchain.ts';
import { inFolder } from '../support/folders.ts';

const reporter: Reporter = {
  phase: (_, run) => run(),
  line: () => {},
  progress: () => {},
  warning: () => {},
  secret: () => {},
};
const clock = { now: () => new Date('2026-11-23T12:00:00Z'), sleep: async () => {} };
const { signal } = new AbortController();
let istioctl: Tool;

beforeAll(async () => {
  istioctl = await createToolchain(toolchainSettings(process.env), reporter, signal).resolve('istioctl', '1.31.0');
});

function renderMesh(mesh: string, out: string) {
  return render.run({ mesh, out, mirror: undefined, locked: false }, { reporter, clock, signal });
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')]));
  return Object.fromEntries(texts);
}

function git(folder: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=acme', '-c', 'user.email=acme@acme.example'];
  execFileSync('git', ['-C', folder, ...identity, ...args], { stdio: 'ignore' });
}

describe('the example mesh', () => {
  test('gives the same bytes in two folders and at two commits', async () => {
    await inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one'), join(folder, 'two/deeper')];
      await Promise.all([cp('examples/acme', one, { recursive: true }), cp('examples/acme', two, { recursive: true })]);
      git(two, 'init');
      git(two, 'add', '.');
      git(two, 'commit', '-m', 'Acme');
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      const { outputs } = await renderMesh(join(one, 'mesh.yaml'), first);
      expect(outputs).toMatchObject({ bundle: first, version: '1.31.0', revision: '1-31-0' });
      expect((await renderMesh(join(two, 'mesh.yaml'), second)).outputs.digest).toBe(outputs.digest);
      const { '/provenance.json': firstProvenance, ...firstFiles } = await filesOf(first);
      const { '/provenance.json': secondProvenance, ...secondFiles } = await filesOf(second);
      expect(secondFiles).toEqual(firstFiles);
      expect(JSON.parse(firstProvenance ?? '')).not.toHaveProperty('source');
      expect(JSON.parse(secondProvenance ?? '')).toMatchObject({
        digest: outputs.digest,
        source: { commit: expect.stringMatching(/^[0-9a-f]{40}$/), modified: false },
        tools: [{ name: 'istioctl', version: '1.31.0', sha256: istioctl.sha256 }],
      });
      await appendFile(join(two, 'mesh.yaml'), '# a comment\n');
      git(two, 'commit', '-am', 'Say nothing new');
      const third = join(folder, 'third.tgz');
      expect((await renderMesh(join(two, 'mesh.yaml'), third)).outputs.digest).toBe(outputs.digest);
      expect(await readBundle(third)).toEqual(await readBundle(first));
    });
  });

  test('renders the control plane that the mesh file asks for, with tags that Istio itself made', async () => {
    await inFolder(async (folder) => {
      await renderMesh('examples/acme/mesh.yaml', join(folder, 'bundle'));
      const { clusters, manifest } = await readBundle(join(folder, 'bundle'));
      const objects = clusters.production?.stages.flatMap((stage) => stage.objects) ?? [];
      const find = (kind: string, name: string): KubernetesObject | undefined =>
        objects.find((object) => object.kind === kind && object.metadata.name === name);
      expect(find('HorizontalPodAutoscaler', 'istiod-1-31-0')?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 5 });
      expect(find('PodDisruptionBudget', 'istiod-1-31-0')).toBeDefined();
      expect(JSON.stringify(find('Deployment', 'istiod-1-31-0'))).toContain(
        '{"name":"DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES","value":"istio-system"}',
      );
      const mesh = find('ConfigMap', 'istio-1-31-0')?.data as { mesh: string };
      expect(mesh.mesh).toContain('rootNamespace: istio-config');
      expect(mesh.mesh).toContain('accessLogEncoding: JSON');
      // Namespaces with istio-injection=enabled follow the default tag through the last two.
      const webhooks = find('MutatingWebhookConfiguration', 'istio-revision-tag-default')?.webhooks as {
        name: string;
      }[];
      expect(webhooks.map(({ name }) => name)).toEqual([
        'rev.namespace.sidecar-injector.istio.io',
        'rev.object.sidecar-injector.istio.io',
        'namespace.sidecar-injector.istio.io',
        'object.sidecar-injector.istio.io',
      ]);
      expect(manifest.images).toEqual(['docker.io/istio/pilot:1.31.0', 'docker.io/istio/proxyv2:1.31.0']);
      expect(manifest.environments.map(({ name, gate }) => [name, gate.approval])).toEqual([
        ['dev', false],
        ['staging', false],
        ['production', true],
      ]);
    });
  });
});

describe('a render that fails', () => {
  test('names what istioctl refuses, and leaves the bundle that was there', async () => {
    await inFolder(async (folder) => {
      const mesh = join(folder, 'mesh.yaml');
      const out = join(folder, 'bundle');
      const text = 'name: m\nistio: { version: 1.31.0 }\nenvironments: { dev: { clusters: [{ name: dev }] } }\n';
      await writeFile(mesh, text);
      const { outputs } = await renderMesh(mesh, out);
      await writeFile(mesh, text.replace('1.31.0 }', '1.31.0, values: { pilot: { autoscaleMinn: 1 } } }'));
      await expect(renderMesh(mesh, out)).rejects.toMatchObject({
        code: 'RenderFailed',
        message: expect.stringContaining('unknown field "autoscaleMinn"'),
      });
      expect((await readBundle(out)).manifest.digest).toBe(outputs.digest);
    });
  });

  test('says which config directory is not there', async () => {
    await inFolder(async (folder) => {
      await cp('examples/acme', folder, { recursive: true });
      await rm(join(folder, 'config/root'), { recursive: true });
      await expect(renderMesh(join(folder, 'mesh.yaml'), join(folder, 'out'))).rejects.toThrow(
        'Config directory config/root cannot be read',
      );
    });
  });

  test('refuses an istioctl of another version', async () => {
    await expect(manifestGenerator(istioctl, '1.30.5', signal)).rejects.toThrow('istioctl of version 1.31.0');
  });
});

test('a mesh with a control plane elsewhere and the stable profile is rendered into its stages', async () => {
  await inFolder(async (folder) => {
    const mesh = join(folder, 'mesh.yaml');
    await writeFile(
      mesh,
      [
        'name: m',
        'istio: { version: 1.31.0, revision: blue, profile: stable, compatibilityVersion: "1.30", hub: mirror.example/istio }',
        'namespaces: { root: mesh-root, controlPlane: mesh-control }',
        'controlPlane: { network: n1, meshID: m1, tracing: { service: otel.obs.svc.cluster.local }, proxyResources: { requests: { cpu: 50m } } }',
        'gateways: [{ name: eastwest, class: eastwest }]',
        'environments: { dev: { clusters: [{ name: dev }] } }',
      ].join('\n'),
    );
    await renderMesh(mesh, join(folder, 'out'));
    const { clusters, manifest } = await readBundle(join(folder, 'out'));
    const names = Object.fromEntries(
      clusters.dev?.stages.map(({ stage, objects }) => [
        stage,
        objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ]) ?? [],
    );
    expect(manifest.images).toEqual(['mirror.example/istio/pilot:1.31.0', 'mirror.example/istio/proxyv2:1.31.0']);
    expect(names.namespaces).toEqual(['Namespace istio-gateways', 'Namespace mesh-control', 'Namespace mesh-root']);
    expect(names.base).toEqual([
      'ServiceAccount istio-reader-service-account',
      'ValidatingAdmissionPolicy stable-channel-default-policy.istio.io',
      'ValidatingAdmissionPolicyBinding stable-channel-default-policy-binding.istio.io',
    ]);
    expect(names.routing).toEqual([
      'Service eastwest',
      'Service istiod-revision-tag-default',
      'MutatingWebhookConfiguration istio-revision-tag-default-mesh-control',
      'ValidatingWebhookConfiguration istiod-default-validator',
    ]);
    expect(names.revision).toContain('ValidatingAdmissionPolicy stable-channel-policy-blue-mesh-control.istio.io');
  });
});
