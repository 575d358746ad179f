import { expect, test } from 'vitest';
import { bundleFromFiles, bundleToFiles } from '../../src/bundle/bundle-files.ts';
import { renderBundle } from '../../src/bundle/render-bundle.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { printYaml } from '../../src/mesh/yaml.ts';
import { meshText } from '../support/meshes.ts';

/** What istioctl renders of a mesh with these tags, as far as it matters here. */
function manifestWith(...tags: string[]): string {
  const ofTags = tags.flatMap((tag) => [
    ['MutatingWebhookConfiguration', `istio-revision-tag-${tag}`, { 'istio.io/tag': tag }],
    ['Service', `istiod-revision-tag-${tag}`, { 'istio.io/tag': tag }],
  ]);
  return [...ofTags, ['ValidatingWebhookConfiguration', 'istiod-default-validator', {}]]
    .map(([kind, name, labels]) => printYaml({ apiVersion: 'x/v1', kind, metadata: { name, labels }, webhooks: [] }))
    .map((text) => `---\n${text}`)
    .join('');
}

const mesh = parseMesh(
  meshText({
    environments: [
      'environments:',
      '  dev: { clusters: [{ name: dev, overrides: { controlPlane: { clusterName: one } } }] }',
      '  prod:',
      '    after: [dev]',
      '    clusters:',
      '      - { name: eu, overrides: { controlPlane: { clusterName: one } } }',
      '      - { name: us, overrides: { controlPlane: { clusterName: two } } }',
    ].join('\n'),
  }),
  'mesh.yaml',
);

const reporter = { line: () => {}, warning: () => {} };
const validateManifests = async () => ({ errors: [], warnings: [] });

test('runs istioctl once for clusters that differ in nothing that it sees', async () => {
  const operators: string[] = [];
  const generateManifest = async (operator: string) => {
    operators.push(operator);
    return { manifest: manifestWith('default'), warnings: [] };
  };
  const bundle = await renderBundle({ mesh, config: [], generateManifest, validateManifests, reporter });
  expect(operators).toHaveLength(2);
  expect(Object.keys(bundle.clusters)).toEqual(['dev', 'eu', 'us']);
  expect(bundle.clusters.eu?.digest).toBe(bundle.clusters.dev?.digest);
});

test('carries how the mesh moves to another revision in its manifest', async () => {
  const text = meshText({
    more: [
      'groups: [{ name: canary, tag: prod-canary, namespaces: { names: [shop] }, batch: 2, soak: 5m }]',
      'gatewayApi: { tag: prod-gateways }',
      'upgrade: { soak: 1h, acknowledgeNotes: true }',
    ].join('\n'),
  });
  const bundle = await renderBundle({
    mesh: parseMesh(text, 'mesh.yaml'),
    config: [],
    generateManifest: async () => ({ manifest: manifestWith('prod-canary', 'prod-gateways', 'default'), warnings: [] }),
    validateManifests,
    reporter,
  });
  const policy = {
    groups: [{ name: 'canary', namespaces: ['shop'], tag: 'prod-canary', label: 'managed', batch: 2, soak: 300 }],
    gatewayApiTag: 'prod-gateways',
    soak: 3600,
    acknowledgeNotes: true,
    waivers: [],
  };
  const files = bundleToFiles(bundle);
  expect(JSON.parse(files['bundle.json'] ?? '')).toMatchObject({ upgrade: policy });
  expect(bundleFromFiles(files, 'bundle').manifest.upgrade).toEqual(policy);
});

test('carries how the traffic is watched in its manifest, and in its digest', async () => {
  const render = (more: string) =>
    renderBundle({
      mesh: parseMesh(meshText({ more }), 'mesh.yaml'),
      config: [],
      generateManifest: async () => ({ manifest: manifestWith('default'), warnings: [] }),
      validateManifests,
      reporter,
    });
  const plain = await render('');
  const probed = await render('probe: { targets: [{ name: shop, url: "http://shop.example/" }] }');
  expect(plain.manifest).not.toHaveProperty('probe');
  expect(bundleFromFiles(bundleToFiles(probed), 'bundle').manifest.probe).toMatchObject({
    targets: [{ name: 'shop', rate: 10 }],
    baseline: 30,
  });
  expect(probed.manifest.clusters).toEqual(plain.manifest.clusters);
  expect(probed.manifest.digest).not.toBe(plain.manifest.digest);
});

test('refuses a render without the tag of the Gateway API', async () => {
  const render = renderBundle({
    mesh: parseMesh(meshText({ more: 'gatewayApi: { tag: prod-gateways }' }), 'mesh.yaml'),
    config: [],
    generateManifest: async () => ({ manifest: manifestWith('default'), warnings: [] }),
    validateManifests,
    reporter,
  });
  await expect(render).rejects.toThrow(
    'istioctl 1.31.0 did not render the MutatingWebhookConfiguration of tag prod-gateways, the Service of tag prod-gateways',
  );
});

test('refuses a render without any object', async () => {
  const render = renderBundle({
    mesh,
    config: [],
    generateManifest: async () => ({ manifest: '---\n', warnings: [] }),
    validateManifests,
    reporter,
  });
  await expect(render).rejects.toMatchObject({ code: 'RenderEmpty' });
});
