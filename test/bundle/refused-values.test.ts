import { describe, expect, test } from 'vitest';
import type { GenerateManifest } from '../../src/bundle/generated-manifest.ts';
import { refusalError } from '../../src/bundle/refusal-error.ts';
import { refusedValues } from '../../src/bundle/refused-values.ts';
import { type ClusterMesh, meshForCluster } from '../../src/mesh/mesh-for-cluster.ts';
import { readMesh } from '../../src/mesh/parse-mesh.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';
import { meshText } from '../support/meshes.ts';

type Values = Record<string, Record<string, unknown> | undefined>;

/** An istioctl that refuses values for what `why` says of them. */
function refusing(why: (values: Values) => string | undefined): GenerateManifest {
  return async (operator) => {
    const [document] = parseYaml(operator, 'operator');
    const refusal = why((document as { spec: { values: Values } }).spec.values);
    return refusal === undefined ? { manifest: '', warnings: [] } : { refusal };
  };
}

function read(values: string, overrides = '{}') {
  const text = meshText({
    istio: `istio:\n  version: 1.31.0\n  values: ${values}`,
    environments: `environments:\n  dev: { clusters: [{ name: dev, overrides: { values: ${overrides} } }] }`,
  });
  const { mesh, source } = readMesh(text, 'mesh.yaml');
  return { cluster: meshForCluster(mesh, 'dev'), source };
}

function refusedOf(cluster: ClusterMesh, generate: GenerateManifest) {
  return refusedValues(cluster, async (operator) => {
    const generated = await generate(operator);
    return 'refusal' in generated ? generated.refusal : undefined;
  });
}

const twoFaults = refusing(({ pilot, global }) => {
  if (pilot?.jwksResolverExtraRootCA === 'bad') return 'bad name';
  return global?.logAsJson === true ? 'no\n  JSON' : undefined;
});

describe('the values that istioctl refuses', () => {
  test('are found one by one', async () => {
    const { cluster } = read(
      '{ global: { logAsJson: true, caName: x }, pilot: { jwksResolverExtraRootCA: bad, configMap: true } }',
    );
    expect(await refusedOf(cluster, twoFaults)).toEqual([
      { path: ['values', 'global', 'logAsJson'], reason: 'no\n  JSON' },
      { path: ['values', 'pilot', 'jwksResolverExtraRootCA'], reason: 'bad name' },
    ]);
  });

  test('are what stands together where each is right by itself', async () => {
    const { cluster } = read('{ pilot: { configMap: true, jwksResolverExtraRootCA: a }, global: { caName: x } }');
    const generate = refusing(({ pilot }) =>
      pilot?.configMap === true && pilot.jwksResolverExtraRootCA === 'a' ? 'not both' : undefined,
    );
    expect(await refusedOf(cluster, generate)).toEqual([{ path: ['values', 'pilot'], reason: 'not both' }]);
  });

  test('are none where istioctl refuses the mesh without them, or does not refuse it again', async () => {
    const { cluster } = read('{ pilot: { configMap: true } }');
    const always = refusing(() => 'no');
    const never = refusing(() => undefined);
    expect(await refusedOf(cluster, always)).toEqual([]);
    expect(await refusedOf(cluster, never)).toEqual([]);
  });

  test('are told from a compatibility version that it does not know', async () => {
    const { cluster } = read('{ pilot: { configMap: true } }\n  compatibilityVersion: "1.12"');
    const generate = refusing(({ compatibilityVersion }) =>
      compatibilityVersion === undefined ? undefined : 'unknown version',
    );
    expect(await refusedOf(cluster, generate)).toEqual([{ path: ['compatibilityVersion'], reason: 'unknown version' }]);
  });
});

describe('the error about a mesh that istioctl does not render', () => {
  test('names file and line of each value, in the overrides where they say it', async () => {
    const { cluster, source } = read('{ global: { logAsJson: true } }', '{ pilot: { jwksResolverExtraRootCA: bad } }');
    expect(await refusalError([{ mesh: cluster, reason: 'bad name' }], twoFaults, source)).toMatchObject({
      code: 'InvalidMesh',
      kind: 'usage',
      message: [
        'mesh.yaml has 2 errors',
        'mesh.yaml:4: istio.values.global.logAsJson: istioctl 1.31.0 refuses it: no JSON; correct it',
        'mesh.yaml:6: environments.dev.clusters[0].overrides.values.pilot.jwksResolverExtraRootCA: istioctl 1.31.0 refuses it: bad name; correct it',
      ].join('\n'),
    });
  });

  test('says what istioctl says where it is not the values', async () => {
    const { cluster, source } = read('{}');
    const generate = refusing(() => 'out of memory');
    expect(await refusalError([{ mesh: cluster, reason: 'out of memory' }], generate, source)).toMatchObject({
      code: 'RenderFailed',
      kind: 'failed',
      message: 'istioctl 1.31.0 cannot render the mesh: out of memory; correct the setting that it names',
    });
  });
});
