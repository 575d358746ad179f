import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/adapters/files/read-bundle.ts';
import { manifestGenerator } from '../../src/adapters/istioctl/generate-manifest.ts';
import { createToolchain } from '../../src/adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../../src/adapters/toolchain/toolchain-settings.ts';
import { render } from '../../src/jobs/render.ts';
import { noToolInputs } from '../../src/jobs/tool-inputs.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import type { Reporter } from '../../src/ports/reporter.ts';
import type { Tool } from '../../src/ports/toolchain.ts';
import { inFolder } from '../support/folders.ts';

const warnings: string[] = [];
const reporter: Reporter = {
  phase: (_, run) => run(),
  line: () => {},
  progress: () => {},
  warning: (text) => warnings.push(text),
  secret: () => {},
};
const clock = { now: () => new Date('2026-11-23T12:00:00Z'), monotonic: () => 0, sleep: async () => {} };
const { signal } = new AbortController();
let istioctl: Tool;

beforeAll(async () => {
  istioctl = await createToolchain(toolchainSettings(process.env), reporter, signal).resolve('istioctl', '1.31.0');
});

beforeEach(() => void warnings.splice(0));

/** Renders the smallest mesh with one file of configuration in config/. */
async function renderConfig(text: string, out: string, folder: string): Promise<unknown> {
  await mkdir(join(folder, 'config'), { recursive: true });
  await writeFile(join(folder, 'config/shop.yaml'), text);
  const mesh = join(folder, 'mesh.yaml');
  await writeFile(mesh, minimal('config: [{ owner: services, path: config }]'));
  return renderMesh(mesh, out);
}

/** `values` of the mesh and more. */
function minimal(more: string, values = '{}'): string {
  return [
    'name: m',
    `istio: { version: 1.31.0, values: ${values} }`,
    'groups: [{ name: all, namespaces: { names: [shop] }, tag: prod }]',
    'environments: { dev: { clusters: [{ name: dev }, { name: other, overrides: { controlPlane: { clusterName: b } } }] } }',
    more,
  ].join('\n');
}

function renderMesh(mesh: string, out: string) {
  return render.run({ mesh, out, ...noToolInputs }, { reporter, clock, signal });
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
  test('names what the values have that Istio does not know, and leaves the bundle that was there', async () => {
    await inFolder(async (folder) => {
      const mesh = join(folder, 'mesh.yaml');
      const out = join(folder, 'bundle');
      const text = 'name: m\nistio: { version: 1.31.0 }\nenvironments: { dev: { clusters: [{ name: dev }] } }\n';
      await writeFile(mesh, text);
      const { outputs } = await renderMesh(mesh, out);
      await writeFile(mesh, text.replace('1.31.0 }', '1.31.0, values: { pilot: { autoscaleMinn: 1 } } }'));
      await expect(renderMesh(mesh, out)).rejects.toMatchObject({
        code: 'InvalidMesh',
        kind: 'usage',
        message: expect.stringContaining(
          'mesh.yaml:2: istio.values.pilot.autoscaleMinn: expected a key that Istio 1.31 knows, got "autoscaleMinn"',
        ),
      });
      expect((await readBundle(out)).manifest.digest).toBe(outputs.digest);
    });
  });

  test('ends with exit code 2 at what only istioctl finds wrong with values, each with its file and line', async () => {
    await inFolder(async (folder) => {
      const mesh = join(folder, 'mesh.yaml');
      const lines = [
        'name: m',
        'istio:',
        '  version: 1.31.0',
        '  values:',
        '    pilot: { volumes: [{ nam: x }], traceSampling: 1 }',
        '    global: { platform: mars }',
        'environments:',
        '  dev: { clusters: [{ name: dev, overrides: { values: { global: { proxy: { includeIPRanges: abc } } } } }] }',
        '  prod: { clusters: [{ name: prod }] }',
      ];
      await writeFile(mesh, lines.join('\n'));
      const run = spawnSync(process.execPath, ['src/cli.ts', 'render', '--mesh', mesh, '--out', join(folder, 'out')], {
        encoding: 'utf8',
      });
      expect(run.status).toBe(2);
      const refused = (line: number, path: string) => `${mesh}:${line}: ${path}: istioctl 1.31.0 refuses it: `;
      expect(run.stderr).toContain(`${mesh} has 3 errors`);
      expect(run.stderr).toContain(refused(5, 'istio.values.pilot.volumes'));
      expect(run.stderr).toContain(refused(6, 'istio.values.global.platform'));
      const own = 'environments.dev.clusters[0].overrides.values.global.proxy.includeIPRanges';
      expect(run.stderr).toContain(refused(8, own));
    });
  });

  test('ends with exit code 2 at what this program knows to be wrong with values', async () => {
    await inFolder(async (folder) => {
      const mesh = join(folder, 'mesh.yaml');
      await writeFile(mesh, minimal('', '{ meshConfig: { accesLogFormat: x }, pilot: { traceSampling: much } }'));
      const run = spawnSync(process.execPath, ['src/cli.ts', 'render', '--mesh', mesh, '--out', join(folder, 'out')], {
        encoding: 'utf8',
      });
      expect(run.status).toBe(2);
      expect(run.stderr).toContain(
        `${mesh}:2: istio.values.meshConfig.accesLogFormat: expected a key that Istio 1.31 knows, got "accesLogFormat"; did you mean "accessLogFormat"?`,
      );
      expect(run.stderr).toContain(`${mesh}:2: istio.values.pilot.traceSampling: expected a number, got "much"`);
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

describe("the team's configuration", () => {
  const routed = 'spec: { hosts: [shop], http: [{ route: [{ destination: { host: shop } }] }] }';
  const virtualService = [
    'apiVersion: networking.istio.io/v1',
    'kind: VirtualService',
    'metadata:',
    '  name: shop',
    '  namespace: shop',
  ].join('\n');

  test.each<[string, string, string[]]>([
    [
      'a field that nobody knows',
      `${virtualService}\nspec:\n  hosts: [shop]\n  http:\n  - timout: 5s\n    route: [{ destination: { host: shop } }]`,
      [
        'config/shop.yaml:9: VirtualService shop/shop spec.http[0].timout: expected a known field, got "timout"; did you mean "timeout"?',
      ],
    ],
    [
      'a spec that is a list',
      `${virtualService}\nspec:\n- hosts: [shop]`,
      ['config/shop.yaml:6: VirtualService shop/shop spec: expected a mapping, got a list'],
    ],
    [
      'an annotation that is a number',
      `${virtualService}\n  annotations:\n    team: 5\n${routed}`,
      ['config/shop.yaml:7: VirtualService shop/shop metadata.annotations.team: expected text in quotes, got 5'],
    ],
    [
      'a key that a list has twice',
      [
        'apiVersion: networking.istio.io/v1',
        'kind: ServiceEntry',
        'metadata: { name: e, namespace: shop }',
        'spec:',
        '  hosts: [a.example.com]',
        '  resolution: DNS',
        '  ports:',
        '  - { name: http, number: 80, protocol: HTTP }',
        '  - { name: http, number: 81, protocol: HTTP }',
      ].join('\n'),
      [
        'config/shop.yaml:9: ServiceEntry shop/e spec.ports[1]: expected an item for each name, got "http" a second time; remove one of them',
      ],
    ],
    [
      'a version that nobody serves',
      `${virtualService.replace('v1', 'v1alpha2')}\n${routed}`,
      [
        'config/shop.yaml:1: VirtualService shop/shop apiVersion: expected a version of VirtualService that is served (networking.istio.io/v1, networking.istio.io/v1alpha3, networking.istio.io/v1beta1), got networking.istio.io/v1alpha2; set networking.istio.io/v1',
      ],
    ],
    [
      'a value that only Istio refuses, a mode that does not exist and an object that stands there twice',
      [
        `${virtualService}\nspec: { hosts: ["*"], http: [{ route: [{ destination: { host: a } }] }] }`,
        'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: d, namespace: shop }\nspec: { host: a, trafficPolicy: { tls: { mode: MUTAUL } } }',
        `${virtualService.replace('v1', 'v1beta1')}\n${routed}`,
      ].join('\n---\n'),
      [
        'config/shop.yaml:1: VirtualService shop/shop: istioctl validate refuses it: wildcard host * is not allowed for virtual services bound to the mesh gateway; correct it',
        'config/shop.yaml:11: DestinationRule shop/d spec.trafficPolicy.tls.mode: expected one of "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL", got "MUTAUL"; did you mean "MUTUAL"?',
        'config/shop.yaml:13: VirtualService shop/shop: expected each object once, got it at config/shop.yaml:1 already; remove one of them',
      ],
    ],
  ])('is refused at its line: %s', async (_, text, lines) => {
    await inFolder(async (folder) => {
      const count = lines.length === 1 ? 'an error' : `${lines.length} errors`;
      await expect(renderConfig(text, join(folder, 'out'), folder)).rejects.toMatchObject({
        code: 'InvalidConfig',
        kind: 'usage',
        message: [`The configuration of mesh m has ${count}`, ...lines].join('\n'),
      });
    });
  });

  test('is refused together with what istioctl refuses of the mesh', async () => {
    await inFolder(async (folder) => {
      await mkdir(join(folder, 'config'));
      await writeFile(
        join(folder, 'config/shop.yaml'),
        `${virtualService}\nkind: List`.replace('kind: VirtualService\n', ''),
      );
      const mesh = join(folder, 'mesh.yaml');
      await writeFile(
        mesh,
        minimal('config: [{ owner: services, path: config }]', '{ pilot: { volumes: [{ nam: x }] } }'),
      );
      await expect(renderMesh(mesh, join(folder, 'out'))).rejects.toMatchObject({
        code: 'InvalidConfig',
        message: expect.stringMatching(/kind: expected one object, got "List"[\s\S]*unknown field "nam"/),
      });
    });
  });

  test('has its places in the bundle, beside the digest, and what Istio warns of is said once', async () => {
    await inFolder(async (folder) => {
      const text = [
        '# Old settings',
        'apiVersion: networking.istio.io/v1',
        'kind: DestinationRule',
        'metadata: { name: d, namespace: shop }',
        'spec: { host: a, trafficPolicy: { outlierDetection: { consecutiveErrors: 3 } } }',
      ].join('\n');
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      await renderConfig(text, one, folder);
      expect(warnings).toEqual([
        'config/shop.yaml:2: DestinationRule shop/d: outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead',
      ]);
      await renderConfig(`\n\n${text}`, two, folder);
      const [first, second] = [await readBundle(one), await readBundle(two)];
      expect(second.manifest.digest).toBe(first.manifest.digest);
      expect([first.sources, second.sources]).toEqual([
        { 'networking.istio.io/DestinationRule/shop/d': 'config/shop.yaml:2' },
        { 'networking.istio.io/DestinationRule/shop/d': 'config/shop.yaml:4' },
      ]);
    });
  });
});

test('what istioctl warns of is shown once for all clusters, and is not taken for its output', async () => {
  await inFolder(async (folder) => {
    const mesh = join(folder, 'mesh.yaml');
    const metadata = '{ meshConfig: { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_AUTO_ALLOCATE: "true" } } } }';
    await writeFile(mesh, minimal('', metadata));
    await renderMesh(mesh, join(folder, 'out'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^warnings occurred during mesh validation: 'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https/,
      ),
    ]);
    expect(Object.keys((await readBundle(join(folder, 'out'))).clusters)).toEqual(['dev', 'other']);
  });
});
