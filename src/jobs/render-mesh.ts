import { loadMeshFile } from '../adapters/files/load-mesh.ts';
import { readConfig } from '../adapters/files/read-config.ts';
import { manifestGenerator } from '../adapters/istioctl/generate-manifest.ts';
import { manifestValidator } from '../adapters/istioctl/validate-manifests.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { type ToolchainOverrides, toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { renderBundle } from '../bundle/render-bundle.ts';
import type { Tool } from '../ports/toolchain.ts';
import type { JobContext } from './job.ts';

/** Renders a mesh file with the istioctl of its version, and tells with which. */
export async function renderMesh(
  file: string,
  inputs: ToolchainOverrides,
  { reporter, signal }: Pick<JobContext, 'reporter' | 'signal'>,
): Promise<{ bundle: Bundle; istioctl: Tool }> {
  const { mesh, source } = await loadMeshFile(file);
  const config = await readConfig(mesh, file);
  const settings = toolchainSettings(process.env, inputs);
  const { version } = mesh.istio;
  const istioctl = await reporter.phase(`istioctl ${version}`, () =>
    createToolchain(settings, reporter, signal).resolve('istioctl', version),
  );
  const bundle = await reporter.phase(`Render ${mesh.name}`, async () => {
    const generateManifest = await manifestGenerator(istioctl, version, signal);
    const validateManifests = manifestValidator(istioctl, signal);
    return renderBundle({ mesh, source, config, generateManifest, validateManifests, reporter });
  });
  return { bundle, istioctl };
}
