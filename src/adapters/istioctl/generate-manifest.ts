import type { GenerateManifest } from '../../bundle/generated-manifest.ts';
import { DeliveryError } from '../../errors.ts';
import type { Tool } from '../../ports/toolchain.ts';
import { bareEnvironment, type IstioctlResult, istioctlPatience, runIstioctl } from './run-istioctl.ts';

/** Renders with this istioctl, which must be of exactly the version that is to be rendered. */
export async function manifestGenerator(
  istioctl: Tool,
  version: string,
  signal: AbortSignal,
): Promise<GenerateManifest> {
  const run = (args: string[], input = '') =>
    runIstioctl(istioctl, args, { input, environment: bareEnvironment(), signal, timeout: istioctlPatience });
  const actual = versionOf(istioctl, await run(['version', '--remote=false', '--output', 'json']));
  if (actual !== version) {
    throw new DeliveryError(
      `istioctl of version ${actual} (${istioctl.path}) cannot render Istio ${version}: ` +
        'a version is rendered by its own istioctl; let the toolchain find it, or name another executable',
      { code: 'IstioctlVersion' },
    );
  }
  return async (istioOperator) => {
    const args = ['manifest', 'generate', '--filename', '-'];
    const { exitCode, timedOut, output, errors, warnings } = await run(args, istioOperator);
    if (timedOut) {
      throw new DeliveryError(
        `istioctl ${version} cannot render the mesh: it did not end within ${istioctlPatience / 1000} s; run istioctl manifest generate by hand`,
        { code: 'RenderFailed', retryable: true },
      );
    }
    if (exitCode === 0) return { manifest: output, warnings: [...warnings, ...linesOf(errors)] };
    const reason = errors.replace(/^Error: /, '') || warnings.join(', ');
    if (exitCode !== undefined && reason !== '') return { refusal: reason };
    throw new DeliveryError(
      `istioctl ${version} cannot render the mesh: ${reason || `it ended with ${exitCode ?? 'a signal'}`}; run istioctl manifest generate by hand`,
      { code: 'RenderFailed' },
    );
  };
}

function versionOf({ path }: Tool, { exitCode, output, errors }: IstioctlResult): string {
  try {
    const { clientVersion } = JSON.parse(output) as { clientVersion: { version: string } };
    return clientVersion.version;
  } catch (cause) {
    throw new DeliveryError(
      `${path} does not say its version (exit code ${exitCode}): ${errors || output.trim()}; is it istioctl?`,
      { code: 'IstioctlUnusable', cause },
    );
  }
}

/** What it says on standard error, and not in its log, of a run that succeeds is a warning too. */
function linesOf(errors: string): string[] {
  return errors.split('\n').filter((line) => line.trim() !== '');
}
