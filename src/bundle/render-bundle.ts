import pMap from 'p-map';
import { DeliveryError } from '../errors.ts';
import { clusterNames, healthPolicy, type Mesh, probePolicy, upgradePolicy } from '../mesh/mesh.ts';
import { type ClusterMesh, meshForCluster } from '../mesh/mesh-for-cluster.ts';
import type { MeshSource } from '../mesh/parse-mesh.ts';
import { parseYaml, printYaml } from '../mesh/yaml.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Bundle, ClusterBundle } from './bundle.ts';
import { clusterDigest, sealed, stageDigests } from './bundle-digest.ts';
import { bundleImages } from './bundle-images.ts';
import { type ConfigFile, configObjects, invalidConfig, sourcesOf } from './config-objects.ts';
import { configProblems, type ValidateManifests, validateConfig } from './config-validation.ts';
import type { GenerateManifest } from './generated-manifest.ts';
import { istioOperator } from './istio-operator.ts';
import { type Refusal, refusalError } from './refusal-error.ts';
import { renderCluster } from './render-cluster.ts';

export interface RenderOptions {
  mesh: Mesh;
  /** The mesh file as it was read, for what is said about its values. */
  source?: MeshSource;
  config: readonly ConfigFile[];
  generateManifest: GenerateManifest;
  validateManifests: ValidateManifests;
  reporter: Pick<Reporter, 'line' | 'warning'>;
}

/** Each run of istioctl takes most of a core for less than a second. */
const runsAtOnce = 4;

/**
 * Renders every cluster of every environment, its overrides in it. Everything that is wrong with the team's
 * configuration is in the one error that is thrown (`InvalidConfig`).
 */
export async function renderBundle(options: RenderOptions): Promise<Bundle> {
  const { mesh, reporter } = options;
  const read = configObjects(mesh, options.config);
  const meshes = clusterNames(mesh).map((cluster) => meshForCluster(mesh, cluster));
  const operators = new Map(meshes.map((clusterMesh) => [clusterMesh.cluster, printYaml(istioOperator(clusterMesh))]));
  const inputs = new Map(meshes.map((clusterMesh) => [operators.get(clusterMesh.cluster) ?? '', clusterMesh]));
  // Clusters that differ in nothing that istioctl sees share one run.
  const [validation, generated] = await Promise.all([
    validateConfig(read.objects, options.validateManifests),
    generateAll(inputs, options),
  ]);
  for (const warning of new Set([...generated.warnings, ...validation.warnings])) reporter.warning(warning);
  const problems = [
    ...read.problems,
    ...(await configProblems(read.objects, validation, generated.manifests.values())),
  ];
  // What istioctl refused stands beside them: everything at once.
  if (problems.length > 0) throw invalidConfig(mesh, problems, generated.failure);
  if (generated.failure !== undefined) throw generated.failure;
  const own = read.objects.map(({ object }) => object);
  const sources = sourcesOf(read.objects);
  const probe = probePolicy(mesh);
  const clusters: Record<string, ClusterBundle> = {};
  for (const clusterMesh of meshes) {
    const { cluster } = clusterMesh;
    const istio = generated.manifests.get(operators.get(cluster) ?? '') ?? [];
    const stages = renderCluster(clusterMesh, { istio, config: own, sources });
    clusters[cluster] = { cluster, digest: clusterDigest(stageDigests(stages)), stages };
    const count = stages.reduce((sum, { objects }) => sum + objects.length, 0);
    reporter.line(`${cluster}: ${count} objects, ${clusters[cluster].digest}`);
  }
  return {
    manifest: sealed({
      apiVersion: 'istio-delivery/v1',
      mesh: mesh.name,
      istio: { version: mesh.istio.version, revision: mesh.istio.revision },
      namespaces: { root: mesh.namespaces.root, controlPlane: mesh.namespaces.controlPlane },
      gateways: mesh.gateways.map(({ name, namespace, class: itsClass, ports }) => ({
        name,
        namespace,
        class: itsClass,
        ports,
      })),
      images: bundleImages(mesh, Object.values(clusters)),
      clusters: Object.fromEntries(
        Object.values(clusters).map(({ cluster, stages }) => [cluster, stageDigests(stages)]),
      ),
      environments: mesh.environments,
      upgrade: upgradePolicy(mesh),
      health: healthPolicy(mesh),
      ...(probe ? { probe } : {}),
      ...(mesh.fields.length > 0 ? { fields: mesh.fields } : {}),
    }),
    clusters,
    sources,
  };
}

interface Generated {
  /** What istioctl rendered, by the IstioOperator that it was given. */
  manifests: ReadonlyMap<string, KubernetesObject[]>;
  warnings: string[];
  failure?: DeliveryError;
}

async function generateAll(
  inputs: ReadonlyMap<string, ClusterMesh>,
  { generateManifest, source }: RenderOptions,
): Promise<Generated> {
  const manifests = new Map<string, KubernetesObject[]>();
  const warnings: string[] = [];
  const refusals: Refusal[] = [];
  const generate = async ([operator, clusterMesh]: [string, ClusterMesh]) => {
    const generated = await generateManifest(operator);
    if ('refusal' in generated) {
      refusals.push({ mesh: clusterMesh, reason: generated.refusal });
      return;
    }
    warnings.push(...generated.warnings);
    manifests.set(operator, readManifest(generated.manifest));
  };
  try {
    await pMap(inputs, generate, { concurrency: runsAtOnce });
    const [first, ...others] = refusals;
    if (first === undefined) return { manifests, warnings };
    return { manifests, warnings, failure: await refusalError([first, ...others], generateManifest, source) };
  } catch (failure) {
    if (!(failure instanceof DeliveryError)) throw failure;
    return { manifests, warnings, failure };
  }
}

function readManifest(text: string): KubernetesObject[] {
  const documents = parseYaml(text, 'the output of istioctl manifest generate').filter((document) => document !== null);
  if (documents.length === 0) {
    throw new DeliveryError('istioctl manifest generate printed no object; run it with the IstioOperator by hand', {
      code: 'RenderEmpty',
    });
  }
  return documents as KubernetesObject[];
}
