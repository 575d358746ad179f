import { getExecOutput } from '@actions/exec';
import type { GenerateManifest } from '../../bundle/render-bundle.ts';
import { DeliveryError } from '../../errors.ts';
import type { Tool } from '../../ports/toolchain.ts';

/** Renders with this istioctl, which must be of exactly the version that is to be rendered. */
export async function manifestGenerator(istioctl: Tool, version: string): Promise<GenerateManifest> {
  const actual = await istioctlVersion(istioctl);
  if (actual !== version) {
    throw new DeliveryError(
      `istioctl of version ${actual} (${istioctl.path}) cannot render Istio ${version}: ` +
        'a version is rendered by its own istioctl; let the toolchain find it, or name another executable',
      { code: 'IstioctlVersion' },
    );
  }
  return async (istioOperator) => {
    const args = ['manifest', 'generate', '--filename', '-'];
    const { exitCode, stdout, stderr } = await run(istioctl, args, istioOperator);
    if (exitCode === 0) return stdout;
    throw new DeliveryError(
      `istioctl ${version} cannot render the mesh: ${stderr.trim().replace(/^Error: /, '')}; correct istio.values or the setting that it names`,
      { code: 'RenderFailed' },
    );
  };
}

async function istioctlVersion(istioctl: Tool): Promise<string> {
  const { exitCode, stdout, stderr } = await run(istioctl, ['version', '--remote=false', '--output', 'json']);
  try {
    const { clientVersion } = JSON.parse(stdout) as { clientVersion: { version: string } };
    return clientVersion.version;
  } catch (cause) {
    throw new DeliveryError(
      `${istioctl.path} does not say its version (exit code ${exitCode}): ${stderr.trim() || stdout.trim()}; is it istioctl?`,
      { code: 'IstioctlUnusable', cause },
    );
  }
}

/** Without the caller's environment: neither ISTIOCTL_… nor a configuration file at home may change what is rendered. */
function run(istioctl: Tool, args: string[], input = '') {
  return getExecOutput(istioctl.path, args, {
    input: Buffer.from(input),
    env: { PATH: process.env.PATH ?? '', ...(process.env.SystemRoot && { SystemRoot: process.env.SystemRoot }) },
    silent: true,
    ignoreReturnCode: true,
  });
}
