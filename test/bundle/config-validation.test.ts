import { describe, expect, test } from 'vitest';
import { configObjects } from '../../src/bundle/config-objects.ts';
import { configProblems, type ManifestValidation, validateConfig } from '../../src/bundle/config-validation.ts';
import { formatProblems } from '../../src/mesh/problem.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { mesh } from '../support/meshes.ts';

const shop = mesh('groups: [{ name: a, tag: prod, namespaces: { names: [shop] } }]');

function read(...names: string[]) {
  const text = names
    .map((name) => `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: ${name}, namespace: shop}\n`)
    .join('---\n');
  return configObjects(shop, [{ directory: { owner: 'services', path: 'c' }, file: 'c/a.yaml', text }]).objects;
}

function remark(name: string, message: string) {
  return { kind: 'Sidecar', namespace: 'shop', name, message };
}

const says =
  (validation: Partial<ManifestValidation>, seen: string[] = []) =>
  async (manifests: string) => {
    seen.push(manifests);
    return { errors: [], warnings: [], ...validation };
  };

const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sidecars.networking.istio.io' },
  spec: {
    group: 'networking.istio.io',
    names: { kind: 'Sidecar' },
    versions: [
      {
        name: 'v1',
        served: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } }, required: ['spec'] } },
      },
    ],
  },
};

describe('what Istio says of the configuration', () => {
  test('is asked in one run, of each object once, and not at all where there is none', async () => {
    const seen: string[] = [];
    await validateConfig(read('a', 'b', 'a'), says({}, seen));
    await validateConfig([], says({}, seen));
    expect(
      seen.map((text) => parseYaml(text, 'seen').map((object) => (object as KubernetesObject).metadata.name)),
    ).toEqual([['a', 'b']]);
  });

  test('is an error at the line of its object', async () => {
    const objects = read('a', 'b');
    const validation = await validateConfig(objects, says({ errors: [remark('b', 'no')] }));
    expect(formatProblems(await configProblems(objects, validation, []))).toEqual([
      'c/a.yaml:5: Sidecar shop/b: istioctl validate refuses it: no; correct it',
    ]);
  });

  test('is left out for what the schema refuses, in better words', async () => {
    const objects = read('a');
    const validation = await validateConfig(objects, says({ errors: [remark('a', 'no')] }));
    expect(formatProblems(await configProblems(objects, validation, [[definition]]))).toEqual([
      'c/a.yaml:1: Sidecar shop/a spec: expected a value, got nothing; add it',
    ]);
  });

  test('is a warning once where it is the same of many objects', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const warnings = [...names.slice(1).map((name) => remark(name, 'careful')), remark('a', 'old')];
    expect((await validateConfig(read(...names), says({ warnings }))).warnings).toEqual([
      'c/a.yaml:5: Sidecar shop/b: careful (and 6 more: c/a.yaml:9, c/a.yaml:13, c/a.yaml:17, c/a.yaml:21, c/a.yaml:25, …)',
      'c/a.yaml:1: Sidecar shop/a: old',
    ]);
  });
});
