import { expect, test } from 'vitest';
import { renderBundle } from '../../src/bundle/render-bundle.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { printYaml } from '../../src/mesh/yaml.ts';
import { meshText } from '../support/meshes.ts';

const manifest = [
  ['MutatingWebhookConfiguration', 'tag', { 'istio.io/tag': 'default' }],
  ['Service', 'tag', { 'istio.io/tag': 'default' }],
  ['ValidatingWebhookConfiguration', 'istiod-default-validator', {}],
].map(
  ([kind, name, labels]) => `---\n${printYaml({ apiVersion: 'x/v1', kind, metadata: { name, labels }, webhooks: [] })}`,
);

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

const reporter = { line: () => {} };

test('runs istioctl once for clusters that differ in nothing that it sees', async () => {
  const operators: string[] = [];
  const generateManifest = async (operator: string) => {
    operators.push(operator);
    return manifest.join('');
  };
  const bundle = await renderBundle({ mesh, config: [], generateManifest, reporter });
  expect(operators).toHaveLength(2);
  expect(Object.keys(bundle.clusters)).toEqual(['dev', 'eu', 'us']);
  expect(bundle.clusters.eu?.digest).toBe(bundle.clusters.dev?.digest);
});

test('refuses a render without any object', async () => {
  const render = renderBundle({ mesh, config: [], generateManifest: async () => '---\n', reporter });
  await expect(render).rejects.toMatchObject({ code: 'RenderEmpty' });
});
