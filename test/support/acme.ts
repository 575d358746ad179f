import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadMesh } from '../../src/adapters/files/load-mesh.ts';
import { readConfig } from '../../src/adapters/files/read-config.ts';
import { writeBundle } from '../../src/adapters/files/write-bundle.ts';
import { manifestGenerator } from '../../src/adapters/istioctl/generate-manifest.ts';
import { manifestValidator } from '../../src/adapters/istioctl/validate-manifests.ts';
import type { Bundle, Stage, StageObjects } from '../../src/bundle/bundle.ts';
import { clusterDigest, sealed, stageDigests } from '../../src/bundle/bundle-digest.ts';
import { provenanceOf } from '../../src/bundle/provenance.ts';
import { renderBundle } from '../../src/bundle/render-bundle.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import type { Embedded } from './embedded.ts';

const example = join(import.meta.dirname, '../../examples/acme');

/** What is to be different from the mesh of examples/acme. */
export interface Variant {
  /** Replaces everything from `environments:` on. */
  environments: string;
  /** Edits the text of the mesh file before that. */
  edit?: (text: string) => string;
  /** Files of the mesh by path; null takes one away. */
  files?: Record<string, string | null>;
}

/** Writes a variant of examples/acme to a folder and returns the path of its mesh file. */
export async function writeMesh(folder: string, { environments, edit = (text) => text, files = {} }: Variant) {
  await rm(folder, { recursive: true, force: true });
  await cp(example, folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (content === null) await rm(file);
    else await writeFile(file, content);
  }
  const meshFile = join(folder, 'mesh.yaml');
  const text = edit(await readFile(meshFile, 'utf8'));
  await writeFile(meshFile, text.replace(/^environments:[\s\S]*$/m, `environments:\n${environments}`));
  return meshFile;
}

/** Renders a mesh file with the istioctl of the embedded clusters. */
export async function renderMesh(meshFile: string, embedded: Embedded): Promise<Bundle> {
  const mesh = await loadMesh(meshFile);
  const { version } = mesh.istio;
  const istioctl = { name: 'istioctl', version, path: embedded.tool('istioctl'), sha256: '', source: 'test' } as const;
  const { signal } = new AbortController();
  return renderBundle({
    mesh,
    config: await readConfig(mesh, meshFile),
    generateManifest: await manifestGenerator(istioctl, version, signal),
    validateManifests: manifestValidator(istioctl, signal),
    reporter: { line: () => undefined, warning: () => undefined },
  });
}

/** Writes a bundle to a directory, for a process to read. */
export async function saveBundle(bundle: Bundle, path: string): Promise<string> {
  const { digest } = bundle.manifest;
  const provenance = provenanceOf({ digest, at: new Date(), source: undefined, tools: [], sources: bundle.sources });
  await writeBundle(bundle, provenance, path);
  return path;
}

/** The bundle with other objects in some stages of one cluster, and the digests that belong to them. */
export function withStages(
  { manifest, clusters }: Bundle,
  cluster: string,
  edits: Partial<Record<Stage, (objects: KubernetesObject[]) => KubernetesObject[]>>,
): Bundle {
  const edited = (clusters[cluster]?.stages ?? []).map(({ stage, objects }): StageObjects => {
    const edit = edits[stage];
    return { stage, objects: edit ? edit(structuredClone(objects)) : objects };
  });
  const digest = clusterDigest(stageDigests(edited));
  const all = { ...clusters, [cluster]: { cluster, digest, stages: edited } };
  const content = {
    ...manifest,
    clusters: Object.fromEntries(Object.values(all).map(({ cluster, stages }) => [cluster, stageDigests(stages)])),
  };
  return { manifest: sealed(content), clusters: all };
}

/** The bundle with one gateway's pods on nodes that do not exist. */
export function unschedulable(bundle: Bundle, gateway: string): Bundle {
  return withStages(bundle, 'dev', {
    gateways: (objects) =>
      objects.map((object) => {
        if (object.kind !== 'Deployment' || !object.metadata.name.startsWith(gateway)) return object;
        const spec = object.spec as { template: { spec: { nodeSelector?: object } } };
        spec.template.spec.nodeSelector = { 'example.com/no': 'node' };
        return object;
      }),
  });
}

/** The bundle with one gateway's pod template changed, so that a promotion replaces its pods. */
export function rolled(bundle: Bundle, gateway: string, value: string): Bundle {
  return withStages(bundle, 'dev', {
    gateways: (objects) =>
      objects.map((object) => {
        if (object.kind !== 'Deployment' || !object.metadata.name.startsWith(gateway)) return object;
        const { template } = object.spec as { template: { metadata: { annotations?: Record<string, string> } } };
        template.metadata.annotations = { ...template.metadata.annotations, 'example.com/change': value };
        return object;
      }),
  });
}
