import pMap from 'p-map';
import { DeliveryError } from '../errors.ts';
import { clusterNames, type Mesh, probePolicy, upgradePolicy } from '../mesh/mesh.ts';
import { meshForCluster } from '../mesh/mesh-for-cluster.ts';
import { parseYaml, printYaml } from '../mesh/yaml.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Bundle, ClusterBundle } from './bundle.ts';
import { bundleDigest, clusterDigest, type StageDigests, stageDigests } from './bundle-digest.ts';
import { bundleImages } from './bundle-images.ts';
import { type ConfigFile, configObjects } from './config-objects.ts';
import { istioOperator } from './istio-operator.ts';
import { renderCluster } from './render-cluster.ts';

/** Runs `istioctl manifest generate` of the mesh's version on an IstioOperator file and gives its output. */
export type GenerateManifest = (istioOperator: string) => Promise<string>;

export interface RenderOptions {
  mesh: Mesh;
  config: readonly ConfigFile[];
  generateManifest: GenerateManifest;
  reporter: Pick<Reporter, 'line'>;
}

/** Each run of istioctl takes most of a core for less than a second. */
const runsAtOnce = 4;

/** Renders every cluster of every environment, its overrides in it. */
export async function renderBundle({ mesh, config, generateManifest, reporter }: RenderOptions): Promise<Bundle> {
  const own = configObjects(mesh, config);
  const meshes = clusterNames(mesh).map((cluster) => meshForCluster(mesh, cluster));
  const operators = new Map(meshes.map((clusterMesh) => [clusterMesh.cluster, printYaml(istioOperator(clusterMesh))]));
  // Clusters that differ in nothing that istioctl sees share one run.
  const distinct = [...new Set(operators.values())];
  const manifests = new Map(
    await pMap(distinct, async (operator) => [operator, readManifest(await generateManifest(operator))] as const, {
      concurrency: runsAtOnce,
    }),
  );
  const probe = probePolicy(mesh);
  const clusters: Record<string, ClusterBundle> = {};
  const digests: Record<string, StageDigests> = {};
  for (const clusterMesh of meshes) {
    const { cluster } = clusterMesh;
    const istio = manifests.get(operators.get(cluster) ?? '') ?? [];
    const stages = renderCluster(clusterMesh, { istio, config: own });
    digests[cluster] = stageDigests(stages);
    clusters[cluster] = { cluster, digest: clusterDigest(digests[cluster]), stages };
    const count = stages.reduce((sum, { objects }) => sum + objects.length, 0);
    reporter.line(`${cluster}: ${count} objects, ${clusters[cluster].digest}`);
  }
  return {
    manifest: {
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
      digest: bundleDigest(digests),
      clusters: Object.fromEntries(Object.values(clusters).map(({ cluster, digest }) => [cluster, { digest }])),
      environments: mesh.environments,
      upgrade: upgradePolicy(mesh),
      ...(probe ? { probe } : {}),
      ...(mesh.fields.length > 0 ? { fields: mesh.fields } : {}),
    },
    clusters,
  };
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
